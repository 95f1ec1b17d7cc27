import ImageIO
import NN
import Testing
import _TestSupport

private func expected(_ name: String) throws -> [UInt8] {
    let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
    return try file.integers(name).map { UInt8($0) }
}

@Suite struct ImageCodecTests {
    @Test(arguments: [("rgb8.png", "rgb8"), ("rgba8.png", "rgb8"), ("palette8.png", "palette8.rgb")])
    func readsColoursAsPillowDoes(file: String, name: String) throws {
        let image = try ImageCodec.readRGB(Fixture.path("imageio/\(file)"))
        #expect([image.height, image.width, image.channels] == [5, 7, 3])
        #expect(try image.pixels == expected(name))
    }

    @Test(arguments: [("photo.jpg", "photo"), ("grey.jpg", "grey.jpg")])
    func readsJPEGAsPillowDoesToOneLevel(file: String, name: String) throws {
        let image = try ImageCodec.readRGB(Fixture.path("imageio/\(file)"))
        // Both use libjpeg, perhaps with another inverse transform.
        for (actual, wanted) in zip(image.pixels, try expected(name)) { #expect(abs(Int(actual) - Int(wanted)) <= 2) }
        let half = try ImageCodec.readRGB(Fixture.path("imageio/\(file)"), reduction: 2)
        #expect([half.height, half.width] == [8, 12])
    }

    @Test func readsLabelsAsStoredNotAsColours() throws {
        #expect(try ImageCodec.readLabels(Fixture.path("imageio/grey8.png")).pixels == expected("grey8"))
        #expect(try ImageCodec.readLabels(Fixture.path("imageio/palette8.png")).pixels == expected("grey8"))
        #expect(try ImageCodec.readLabels(Fixture.path("imageio/grey1.png")).pixels == expected("grey1"))
        let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
        let ids = try ImageCodec.readInstances(Fixture.path("imageio/grey16.png"))
        #expect(try ids.pixels.map(Int64.init) == file.integers("grey16"))
        #expect(try ImageCodec.readInstances(Fixture.path("imageio/grey8.png")).pixels.map { UInt8($0) } == expected("grey8"))
        #expect(try ImageCodec.readSamples16(Fixture.path("imageio/rgb8.png")).channels == 3)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let folder = TemporaryFolder()
        let image = try ImageCodec.readRGB(Fixture.path("imageio/rgb8.png"))
        try ImageCodec.writePNG(image, to: folder.file("a.png"))
        #expect(try ImageCodec.readRGB(folder.file("a.png")) == image)
        let ids = try ImageCodec.readInstances(Fixture.path("imageio/grey16.png"))
        try ImageCodec.writePNG(ids, to: folder.file("b.png"))
        #expect(try ImageCodec.readInstances(folder.file("b.png")) == ids)
        let labels = try ImageCodec.readLabels(Fixture.path("imageio/grey8.png"))
        try ImageCodec.writePNG(labels, to: folder.file("c.png"), palette: (0..<34).map { SIMD3($0, 0, 255) })
        #expect(try ImageCodec.readLabels(folder.file("c.png")) == labels)
        #expect(try ImageCodec.header(ofFile: folder.file("c.png")).isPalette)
        try ImageCodec.writeJPEG(image, to: folder.file("d.jpg"))
        #expect(try ImageCodec.readRGB(folder.file("d.jpg")).width == 7)
    }

    @Test func damagedFilesAreNamedWithTheRemedy() throws {
        let folder = TemporaryFolder()
        for name in ["rgb8.png", "photo.jpg"] {
            let whole = try FileBytes.read(Fixture.path("imageio/\(name)"))
            try FileBytes.write(Array(whole.prefix(whole.count * 3 / 4)), to: folder.file(name))
            let error = #expect(throws: ImageError.self) { try ImageCodec.readRGB(folder.file(name)) }
            #expect(error?.code == .truncated)
            #expect(error?.message.contains(name) == true)
        }
        try FileBytes.write(Array("hello, world".utf8), to: folder.file("text.png"))
        try FileBytes.write([], to: folder.file("empty.png"))
        for name in ["text.png", "empty.png"] {
            #expect(#expect(throws: ImageError.self) { try ImageCodec.readRGB(folder.file(name)) }?.code == .notAnImage)
        }
        #expect(#expect(throws: ImageError.self) { try ImageCodec.readRGB(folder.file("no.png")) }?.code == .unreadable)
        #expect(#expect(throws: ImageError.self) { try ImageCodec.readRGB(folder.path) }?.code == .unreadable)
    }

    @Test func hugeSizesAreRefusedBeforeMemoryIsTaken() throws {
        var bytes = try FileBytes.read(Fixture.path("imageio/rgb8.png"))
        let path = Fixture.path("imageio/rgb8.png")
        #expect(
            #expect(throws: ImageError.self) { try ImageCodec.readRGB(path, maximumPixels: 34) }?.code == .tooLarge)
        // A width of 2^30 in the header, whose checksum is then wrong too: refused either way.
        bytes[16] = 0x40
        #expect(throws: ImageError.self) { try ImageCodec.decodeRGB(bytes, name: "absurd.png") }
    }

    @Test func unwritableFoldersAreNamed() {
        let image = RGBImage(height: 1, width: 1, channels: 3, filledWith: 0)
        let error = #expect(throws: ImageError.self) { try ImageCodec.writePNG(image, to: "/no/such/folder/a.png") }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("/no/such/folder/a.png") == true)
    }
}
