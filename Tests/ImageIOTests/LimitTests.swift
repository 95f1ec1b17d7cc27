import Glibc
import ImageIO
import Testing
import _TestSupport

/// Small files that ask for much.
@Suite struct LimitTests {
    /// A progressive JPEG with scans over and over: the last one, before the end of the image, many times.
    private static func manyScans(_ count: Int) throws -> [UInt8] {
        let whole = try FileBytes.read(Fixture.path("imageio/progressive.jpg"))
        let starts = (0..<whole.count - 1).filter { whole[$0] == 0xFF && whole[$0 + 1] == 0xDA }
        // Tables may stand between scans; what follows the last one is a scan alone.
        let last = Array(whole[(starts.last ?? 0)..<(whole.count - 2)])
        return Array(whole[..<(whole.count - 2)]) + [[UInt8]](repeating: last, count: count).flatMap { $0 }
            + Array(whole.suffix(2))
    }

    @Test func aJPEGOfManyScansIsRefusedByName() throws {
        let error = #expect(throws: ImageError.self) {
            try ImageCodec.decodeRGB(Self.manyScans(2000), name: "scans.jpg")
        }
        #expect(error?.code == .unsupported)
        #expect(
            error?.message.hasPrefix("scans.jpg: it has more than 200 scans of its") == true
                && error?.message.hasSuffix("which would take very long; convert the file") == true, "\(error as Any)")
    }

    @Test func theErrorOfALargeImageNamesTheKeyAndTheSizeToSet() throws {
        let path = Fixture.path("imageio/photo.jpg")
        let error = #expect(throws: ImageError.self) { try ImageCodec.readRGB(path, maximumPixels: 300) }
        #expect(
            error?.message
                == "\(path): is 24x16 pixels, more than the 300 that are read; use a smaller image, or set data.largestImage to 1 "
                + "megapixels (CAUSEWAY_LARGEST_IMAGE=1 where there is no setting)")
        // Nothing can be set to read this.
        let absurd = #expect(throws: ImageError.self) { try ImageCodec.readLabels(Fixture.path("imageio/absurd.png")) }
        #expect(absurd?.message.hasSuffix("use a smaller image") == true)
    }

    @Test func sizesAreComparedWithoutOverflow() {
        #expect(ImageReading.allows(height: 10_000, width: 10_000))
        #expect(!ImageReading.allows(height: 10_001, width: 10_000))
        #expect(!ImageReading.allows(height: .max, width: .max))
    }

    @Test func aLargeFileIsLookedAtBeforeItIsRead() throws {
        let folder = TemporaryFolder()
        // Without a byte on the disk.
        let path = folder.write("not an image", to: "sparse.png")
        #expect(truncate(path, off_t(1) << 30) == 0)
        let error = #expect(throws: ImageError.self) { try ImageCodec.readRGB(path) }
        #expect(error?.code == .notAnImage)
    }

    @Test func whatIsNoFileIsRefusedWithoutWaiting() {
        let folder = TemporaryFolder()
        #expect(mkfifo(folder.file("pipe.png"), 0o600) == 0)
        for path in [folder.file("pipe.png"), "/dev/zero", folder.path] {
            let error = #expect(throws: ImageError.self) { try ImageCodec.readRGB(path) }
            #expect(error?.message == "\(path): is not a file; give the path of one")
            #expect(throws: ImageError.self) { try ImageCodec.header(ofFile: path) }
        }
    }

    @Test(arguments: ["a b.png", "-x.png", "a'\"b.png", "a\nb.png", String(repeating: "n", count: 251) + ".png"])
    func filesOfAnyNameAreWrittenAndRead(name: String) throws {
        let folder = TemporaryFolder()
        let image = RGBImage(height: 1, width: 2, channels: 3, filledWith: 9)
        try ImageCodec.writePNG(image, to: folder.file(name))
        #expect(try ImageCodec.readRGB(folder.file(name)) == image)
    }
}
