import Glibc
import ImageIO
import Testing
import _TestSupport

private func read(_ name: String) throws -> [UInt8] { try FileBytes.read(Fixture.path("imageio/\(name)")) }

private func code(of body: () throws -> Void) -> ImageError.Code? {
    #expect(throws: ImageError.self) { try body() }?.code
}

@Suite struct DamagedFileTests {
    @Test func aFileThatEndsEarlyIsNamedWithTheRemedy() throws {
        let folder = TemporaryFolder()
        for name in ["rgb8.png", "photo.jpg"] {
            let whole = try read(name)
            try FileBytes.write(Array(whole.prefix(whole.count * 3 / 4)), to: folder.file(name))
            let error = #expect(throws: ImageError.self) { try ImageCodec.readRGB(folder.file(name)) }
            #expect(error?.code == .truncated)
            #expect(error?.message == "\(folder.file(name)): the file ends early; copy or download it again")
        }
    }

    @Test(arguments: ["rgb8.png", "palette4.png", "rgb16.png", "photo.jpg", "progressive.jpg", "grey.jpg"])
    func everyShorterFileIsRefused(name: String) throws {
        let whole = try read(name)
        for count in whole.indices {
            let code = code { _ = try ImageCodec.decodeRGB(Array(whole.prefix(count)), name: name) }
            #expect(code == .truncated || (code == .notAnImage && count < 8), "\(count) bytes of \(name)")
        }
    }

    @Test func aPNGWithAFlippedBitIsRefused() throws {
        let whole = try read("rgb8.png")
        for position in stride(from: 0, to: whole.count, by: 7) {
            var bytes = whole
            bytes[position] ^= 0x10
            #expect(code { _ = try ImageCodec.decodeRGB(bytes, name: "flipped.png") } != nil, "byte \(position)")
        }
    }

    @Test func aJPEGWithGarbledDataIsDecodedOrRefusedButNeverCrashes() throws {
        let whole = try read("photo.jpg")
        for position in 2..<whole.count {
            var bytes = whole
            bytes[position] ^= 0x55
            do throws(ImageError) {
                let image = try ImageCodec.decodeRGB(bytes, name: "garbled.jpg", maximumPixels: 1 << 16)
                #expect(image.pixels.count == image.height * image.width * 3)
            } catch {
                #expect(error.message.contains("garbled.jpg"))
            }
        }
    }

    @Test func whatIsNoImageIsSaidToBeNone() throws {
        let folder = TemporaryFolder()
        try FileBytes.write(Array("hello, world".utf8), to: folder.file("text.png"))
        try FileBytes.write([], to: folder.file("empty.png"))
        for name in ["text.png", "empty.png"] {
            #expect(code { _ = try ImageCodec.readRGB(folder.file(name)) } == .notAnImage)
            #expect(code { _ = try ImageCodec.header(ofFile: folder.file(name)) } == .notAnImage)
        }
        #expect(code { _ = try ImageCodec.readRGB(folder.file("no.png")) } == .unreadable)
        #expect(code { _ = try ImageCodec.readRGB(folder.path) } == .unreadable)
    }

    @Test func hugeSizesAreRefusedBeforeMemoryIsTaken() throws {
        let path = Fixture.path("imageio/rgb8.png")
        #expect(code { _ = try ImageCodec.readRGB(path, maximumPixels: 34) } == .tooLarge)
        #expect(try ImageCodec.readRGB(path, maximumPixels: 35).pixels.count == 105)
        #expect(code { _ = try ImageCodec.readRGB(Fixture.path("imageio/photo.jpg"), maximumPixels: 383) } == .tooLarge)
        // 2^30 x 2^30 pixels in a valid header.
        let error = #expect(throws: ImageError.self) { try ImageCodec.readLabels(Fixture.path("imageio/absurd.png")) }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("1073741824x1073741824") == true)
    }

    @Test func kindsThatACallDoesNotTakeAreRefused() throws {
        for name in ["rgb8.png", "grey16.png", "greyalpha8.png"] {
            #expect(code { _ = try ImageCodec.readLabels(Fixture.path("imageio/\(name)")) } == .unsupported)
        }
        #expect(code { _ = try ImageCodec.readInstances(Fixture.path("imageio/rgb16.png")) } == .unsupported)
        #expect(code { _ = try ImageCodec.readSamples16(Fixture.path("imageio/rgba8.png")) } == .unsupported)
        #expect(code { _ = try ImageCodec.readRGB(Fixture.path("imageio/cmyk.jpg")) } == .unsupported)
        #expect(code { _ = try ImageCodec.readLabels(Fixture.path("imageio/photo.jpg")) } == .notAnImage)
    }

    @Test func unwritableFoldersAreNamed() {
        let image = RGBImage(height: 1, width: 1, channels: 3, filledWith: 0)
        let error = #expect(throws: ImageError.self) { try ImageCodec.writePNG(image, to: "/no/such/folder/a.png") }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("/no/such/folder/a.png") == true)
    }

    @Test func aFailedWriteLeavesNoFile() throws {
        let folder = TemporaryFolder()
        // A file cannot take the name of a folder, which shows only after it has been written.
        let error = #expect(throws: ImageError.self) { try FileBytes.write([1, 2, 3], to: folder.path) }
        #expect(error?.code == .cannotWrite)
        #expect(code { _ = try FileBytes.read("\(folder.path).part-\(getpid())") } == .unreadable)
    }
}
