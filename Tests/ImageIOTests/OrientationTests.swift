import ImageIO
import Testing
import _TestSupport

/// Pictures turned by Pillow, which shows all of them as `upright.png`.
@Suite struct OrientationTests {
    private static func path(_ name: String) -> String { Fixture.path("imageio/exif/\(name)") }

    @Test(arguments: 1...8) func everyOrientationStandsUpright(orientation: Int) throws {
        let upright = try ImageCodec.readRGB(Self.path("upright.png"))
        #expect(try ImageCodec.readRGB(Self.path("\(orientation).png")) == upright)
        let header = try ImageCodec.header(ofFile: Self.path("\(orientation).png"))
        #expect(header.orientation.rawValue == orientation)
        #expect((header.height, header.width) == (orientation < 5 ? (3, 5) : (5, 3)))
        #expect((header.asImage.height, header.asImage.width) == (3, 5))
    }

    @Test func aJPEGIsTurnedAlsoWhereItIsReduced() throws {
        let path = Self.path("6.jpg")
        let image = try ImageCodec.readRGB(path)
        #expect((image.height, image.width) == (32, 16))
        // What was at the left is at the top.
        #expect(image[2, 8, 0] > 200 && image[29, 8, 0] < 50)
        let reduced = try ImageCodec.readRGB(path, for: .fitting(height: 16, width: 8))
        #expect((reduced.fileHeight, reduced.fileWidth) == (32, 16))
        #expect((reduced.image.height, reduced.image.width) == (16, 8))
        #expect(reduced.image[1, 4, 0] > 200 && reduced.image[14, 4, 0] < 50)
    }

    @Test func labelsAreTakenAsTheyAre() throws {
        let colors = try ImageCodec.readColors(Self.path("6.png"))
        #expect((colors.height, colors.width) == (5, 3))
    }

    /// Every byte of the metadata changed in turn: the image is read, turned in some way or not.
    @Test func damagedMetadataSaysNothing() throws {
        let whole = try FileBytes.read(Self.path("6.jpg"))
        for position in 2..<120 {
            for value: UInt8 in [0, 0xFF, 0x80] {
                var bytes = whole
                bytes[position] = value
                do throws(ImageError) {
                    let image = try ImageCodec.decodeRGB(bytes, name: "x.jpg", maximumPixels: 1 << 16)
                    #expect(image.pixels.count == 3 * image.height * image.width)
                } catch {
                    #expect(error.message.hasPrefix("x.jpg: "))
                }
            }
        }
    }
}
