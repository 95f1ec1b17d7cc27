import ImageIO
import NN
import Testing
import _TestSupport

@Suite struct GeometryTests {
    @Test(arguments: [[10, 14], [3, 4], [5, 9], [1, 1], [12, 3]])
    func bilinearResizeAgreesWithTorch(size: [Int]) throws {
        let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
        let image = FloatImage(height: 5, width: 7, channels: 3, pixels: try file.floats("resize.input"))
        let resized = image.resizedBilinear(height: size[0], width: size[1])
        expectClose(resized.pixels, try file.floats("resize.\(size[0])x\(size[1])"), tolerance: 1e-6)
        let bytes = RGBImage(height: 5, width: 7, channels: 3, pixels: image.pixels.map { UInt8($0 * 255) })
        let floats = FloatImage(height: 5, width: 7, channels: 3, pixels: bytes.pixels.map(Float.init))
        let rounded = floats.resizedBilinear(height: size[0], width: size[1]).pixels.map { UInt8($0 + 0.5) }
        #expect(bytes.resizedBilinear(height: size[0], width: size[1]).pixels == rounded)
    }

    @Test func nearestResizeTakesTheFloorWithoutHalfPixels() {
        let row = LabelMap(height: 1, width: 5, channels: 1, pixels: [0, 1, 2, 3, 4])
        #expect(row.resizedNearest(height: 1, width: 3).pixels == [0, 1, 3])
        #expect(row.resizedNearest(height: 2, width: 7).pixels == [0, 0, 1, 2, 2, 3, 4, 0, 0, 1, 2, 2, 3, 4])
    }

    @Test func cropsAndFlips() {
        let image = RGBImage(height: 2, width: 3, channels: 3, pixels: (0..<18).map { UInt8($0) })
        #expect(image.cropped(y: 1, x: 1, height: 1, width: 2).pixels == [12, 13, 14, 15, 16, 17])
        #expect(image.flippedHorizontally().pixels.prefix(9) == [6, 7, 8, 3, 4, 5, 0, 1, 2])
        #expect(image.flippedHorizontally().flippedHorizontally() == image)
    }
}
