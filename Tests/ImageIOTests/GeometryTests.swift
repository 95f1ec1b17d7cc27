import ImageIO
import Testing
import WeightFiles
import _TestSupport

@Suite struct GeometryTests {
    @Test(arguments: [[10, 14], [3, 4], [5, 9], [1, 1], [12, 3]])
    func bilinearResizeAgreesWithTorch(size: [Int]) throws {
        let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
        let image = FloatImage(height: 5, width: 7, channels: 3, pixels: try file.floats("resize.input"))
        let resized = image.resizedBilinear(height: size[0], width: size[1])
        expectClose(resized.pixels, try file.floats("resize.\(size[0])x\(size[1])"), tolerance: 1e-6)
    }

    @Test(arguments: [[10, 14], [3, 4], [5, 9], [1, 1], [12, 3]])
    func bytesAreResizedAsTorchDoesAndRoundedToNearest(size: [Int]) throws {
        let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
        let image = try ImageCodec.readRGB(Fixture.path("imageio/rgb8.png"))
        let resized = image.resizedBilinear(height: size[0], width: size[1])
        let exact = try file.floats("resize.rgb8.\(size[0])x\(size[1])")
        // Half a level for rounding and a little for single precision.
        for (actual, wanted) in zip(resized.pixels, exact) { #expect(abs(Float(actual) - wanted) <= 0.5001) }
        #expect(resized.pixels.count == exact.count)
    }

    @Test(arguments: [1, 2, 3, 4], [(17, 23), (101, 200), (53, 1), (1, 37)])
    func bytesAreResizedAsTheirColoursAndRounded(channels: Int, size: (height: Int, width: Int)) {
        let count = 53 * 37 * channels
        let bytes = PixelImage<UInt8>(
            height: 53, width: 37, channels: channels, pixels: (0..<count).map { UInt8($0 * $0 * 7 % 256) })
        let colors = FloatImage(height: 53, width: 37, channels: channels, pixels: bytes.pixels.map { Float($0) })
        let expected = colors.resizedBilinear(height: size.height, width: size.width).pixels.map { UInt8($0 + 0.5) }
        #expect(bytes.resizedBilinear(height: size.height, width: size.width).pixels == expected)
    }

    @Test func halvingAnEvenImageIsTheMeanOfFour() {
        let image = FloatImage(height: 2, width: 4, channels: 1, pixels: [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(image.resizedBilinear(height: 1, width: 2).pixels == [2.5, 4.5])
    }

    @Test func nearestResizeTakesTheFloorWithoutHalfPixels() {
        let row = LabelMap(height: 1, width: 5, channels: 1, pixels: [0, 1, 2, 3, 4])
        #expect(row.resizedNearest(height: 1, width: 3).pixels == [0, 1, 3])
        #expect(row.resizedNearest(height: 2, width: 7).pixels == [0, 0, 1, 2, 2, 3, 4, 0, 0, 1, 2, 2, 3, 4])
    }

    /// Sizes below, above and equal to 19x13, one side or both.
    @Test(arguments: ["5x4", "38x31", "19x7", "8x13", "1x1", "18x12", "40x3"])
    func bicubicResizeGivesTheBytesOfPillow(size: String) throws {
        let source = try ImageCodec.readRGB(Fixture.path("imageio/bicubic/source.png"))
        let expected = try ImageCodec.readRGB(Fixture.path("imageio/bicubic/\(size).png"))
        #expect(source.resizedBicubic(height: expected.height, width: expected.width) == expected)
        let labels = try ImageCodec.readLabels(Fixture.path("imageio/bicubic/labels.png"))
        let nearest = try ImageCodec.readLabels(Fixture.path("imageio/bicubic/labels-\(size).png"))
        #expect(labels.resizedNearest(height: nearest.height, width: nearest.width, sampling: .center) == nearest)
    }

    @Test(arguments: ["5x4", "38x31", "19x7", "8x13", "1x1", "40x3"])
    func antialiasedResizeGivesTheBytesOfPillow(size: String) throws {
        let source = try ImageCodec.readRGB(Fixture.path("imageio/bicubic/source.png"))
        let expected = try ImageCodec.readRGB(Fixture.path("imageio/detection/bilinear-\(size).png"))
        #expect(source.resizedAntialiased(height: expected.height, width: expected.width) == expected)
    }

    @Test(arguments: [(31, 44), (7, 5), (19, 13)])
    func aPartOfAResizedImageIsCutFromTheWhole(size: (height: Int, width: Int)) throws {
        let source = try ImageCodec.readRGB(Fixture.path("imageio/bicubic/source.png"))
        let whole = source.resizedAntialiased(height: size.height, width: size.width)
        for (rows, columns) in [(2..<7, 1..<5), (0..<size.height, 3..<4), (6..<7, 0..<size.width)] {
            let part = source.pixels.withUnsafeBufferPointer {
                ResizeFilter.bilinear.resized(
                    $0, height: 19, width: 13, channels: 3, to: size, rows: rows, columns: columns)
            }
            #expect(
                part == whole.cropped(
                    y: rows.lowerBound, x: columns.lowerBound, height: rows.count, width: columns.count))
        }
    }

    @Test func paddingIsBesideAndBelow() {
        let image = RGBImage(height: 1, width: 1, channels: 3, pixels: [1, 2, 3])
        #expect(image.padded(height: 2, width: 2, with: 9).pixels == [1, 2, 3, 9, 9, 9, 9, 9, 9, 9, 9, 9])
        #expect(image.padded(height: 1, width: 1, with: 9) == image)
    }

    @Test func cropsAndFlips() {
        let image = RGBImage(height: 2, width: 3, channels: 3, pixels: (0..<18).map { UInt8($0) })
        #expect(image.cropped(y: 1, x: 1, height: 1, width: 2).pixels == [12, 13, 14, 15, 16, 17])
        #expect(image.flippedHorizontally().pixels.prefix(9) == [6, 7, 8, 3, 4, 5, 0, 1, 2])
        #expect(image.flippedHorizontally().flippedHorizontally() == image)
        let labels = LabelMap(height: 2, width: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
        #expect(labels.flippedHorizontally().pixels == [3, 2, 1, 6, 5, 4])
        let pairs = PixelImage<UInt16>(height: 1, width: 2, channels: 2, pixels: [1, 2, 3, 4])
        #expect(pairs.flippedHorizontally().pixels == [3, 4, 1, 2])
    }

    @Test func emptyImagesFlipAndCrop() {
        for (height, width) in [(0, 3), (3, 0)] {
            let empty = RGBImage(height: height, width: width, channels: 3, pixels: [])
            #expect(empty.flippedHorizontally() == empty)
            #expect(empty.cropped(y: 0, x: 0, height: height, width: width) == empty)
        }
    }

    @Test func aCropOutsideStops() async {
        await #expect(processExitsWith: .failure) {
            let image = LabelMap(height: 2, width: 2, channels: 1, filledWith: 0)
            _ = image.cropped(y: 1, x: 0, height: 2, width: 2)
        }
    }
}
