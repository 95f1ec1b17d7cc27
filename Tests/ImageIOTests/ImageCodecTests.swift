import ImageIO
import Testing
import WeightFiles
import _TestSupport

private func expected(_ name: String) throws -> [UInt8] {
    let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
    return try file.integers(name).map { UInt8($0) }
}

@Suite struct ImageCodecTests {
    @Test(arguments: [
        ("rgb8.png", "rgb8"), ("rgba8.png", "rgb8"), ("palette8.png", "palette8.rgb"),
        ("palette4.png", "palette4.rgb"),
    ])
    func readsColoursAsPillowDoes(file: String, name: String) throws {
        let image = try ImageCodec.readRGB(Fixture.path("imageio/\(file)"))
        #expect([image.height, image.width, image.channels] == [5, 7, 3])
        #expect(try image.pixels == expected(name))
    }

    @Test func greyBecomesThreeEqualChannels() throws {
        let grey = try expected("grey8").flatMap { [$0, $0, $0] }
        #expect(try ImageCodec.readRGB(Fixture.path("imageio/grey8.png")).pixels == grey)
        let bits = try expected("grey1").flatMap { [$0 * 255, $0 * 255, $0 * 255] }
        #expect(try ImageCodec.readRGB(Fixture.path("imageio/grey1.png")).pixels == bits)
        let red = try stride(from: 0, to: 105, by: 3).map { try expected("rgb8")[$0] }.flatMap { [$0, $0, $0] }
        #expect(try ImageCodec.readRGB(Fixture.path("imageio/greyalpha8.png")).pixels == red)
    }

    @Test func sixteenBitsAreRoundedToEight() throws {
        let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
        for (path, name, channels) in [("rgb16.png", "rgb16", 1), ("grey16.png", "grey16", 3)] {
            let deep = try file.integers(name).flatMap { [Int64](repeating: $0, count: channels) }
            let image = try ImageCodec.readRGB(Fixture.path("imageio/\(path)"))
            let rounded: [Int64] = deep.map { ($0 * 255 + 32767) / 65535 }
            #expect(image.pixels.map(Int64.init) == rounded)
        }
    }

    @Test(arguments: [("photo.jpg", "photo"), ("grey.jpg", "grey.jpg"), ("progressive.jpg", "progressive")])
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
        #expect(try ImageCodec.readLabels(Fixture.path("imageio/palette4.png")).pixels == expected("palette4"))
        let file = try SafeTensorsFile(Fixture.path("imageio/expected.safetensors"))
        let ids = try ImageCodec.readInstances(Fixture.path("imageio/grey16.png"))
        #expect(try ids.pixels.map(Int64.init) == file.integers("grey16"))
        let widened = try ImageCodec.readSamples16(Fixture.path("imageio/grey8.png"))
        #expect(try widened.pixels.map { UInt8($0) } == expected("grey8"))
        #expect {
            try ImageCodec.readInstances(Fixture.path("imageio/grey8.png"))
        } throws: { error in
            "\(error)".contains(
                "has 8 bits a pixel, which end at 255; write it from the original numbers as PNG of 16 bits")
        }
        let deep = try ImageCodec.readSamples16(Fixture.path("imageio/rgb16.png"))
        #expect(deep.channels == 3)
        #expect(try deep.pixels.map(Int64.init) == file.integers("rgb16"))
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

    @Test func headersTellSizeAndKind() throws {
        func header(_ name: String) throws -> ImageCodec.Header {
            try ImageCodec.header(ofFile: Fixture.path("imageio/\(name)"))
        }
        let deep = try header("rgb16.png")
        #expect([deep.height, deep.width, deep.channels, deep.bitDepth] == [5, 7, 3, 16])
        let palette = try header("palette4.png")
        #expect([palette.height, palette.width, palette.channels, palette.bitDepth] == [5, 7, 1, 4])
        #expect(palette.isPalette)
        let grey = try header("grey.jpg")
        #expect([grey.height, grey.width, grey.channels, grey.bitDepth] == [16, 24, 1, 8])
    }

    @Test func theSizeIsFoundBehindLongMetadata() throws {
        let folder = TemporaryFolder()
        let plain = try FileBytes.read(Fixture.path("imageio/photo.jpg"))
        // Three application segments of 60000 bytes: more than the head of the file that is tried first.
        let segment: [UInt8] = [0xFF, 0xE9, 0xEA, 0x62] + [UInt8](repeating: 0, count: 60000)
        var bytes = plain
        for _ in 0..<3 { bytes.insert(contentsOf: segment, at: 2) }
        try FileBytes.write(bytes, to: folder.file("a.jpg"))
        #expect(try ImageCodec.header(ofFile: folder.file("a.jpg")).width == 24)
    }

    @Test func theContentDecidesNotTheName() throws {
        let folder = TemporaryFolder()
        try FileBytes.write(FileBytes.read(Fixture.path("imageio/photo.jpg")), to: folder.file("photo.png"))
        #expect(try ImageCodec.readRGB(folder.file("photo.png")).width == 24)
    }
}
