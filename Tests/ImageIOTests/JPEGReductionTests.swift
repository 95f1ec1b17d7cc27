import ImageIO
import Testing
import _TestSupport

@Suite struct JPEGReductionTests {
    /// Waves of several lengths, down to four pixels, and an edge.
    private let picture = RGBImage(
        height: 64, width: 128, channels: 3,
        pixels: (0..<64 * 128).flatMap { index -> [UInt8] in
            let (y, x) = (index / 128, index % 128)
            let texture = [0, 12, 0, 12][x % 4] + [0, 0, 9, 9, 9, 0][y % 6]
            return [UInt8(x + texture), UInt8(3 * y + texture), UInt8(x > 70 ? 40 : 180)]
        })

    private func meanDifference(_ left: RGBImage, _ right: RGBImage) -> Double {
        let differences = zip(left.pixels, right.pixels).map { abs(Double($0) - Double($1)) }
        return differences.reduce(0, +) / Double(differences.count)
    }

    @Test(arguments: [(32, 64, 2), (24, 48, 2), (16, 32, 4), (8, 16, 8)])
    func isCloseToResizingTheWholeImage(height: Int, width: Int, reduction: Int) throws {
        let folder = TemporaryFolder()
        try ImageCodec.writeJPEG(picture, to: folder.file("a.jpg"))
        let decoded = try ImageCodec.readRGB(folder.file("a.jpg"), for: .fitting(height: height, width: width))
        #expect([decoded.fileHeight, decoded.fileWidth] == [64, 128])
        #expect([decoded.image.height, decoded.image.width] == [64 / reduction, 128 / reduction])

        // The mean over the pixels that the codec draws together is what both aim at; resizing without it takes four
        // neighbours alone. Half is the mean of four, so that there the two agree but for the codec's rounding.
        let whole = try ImageCodec.readRGB(folder.file("a.jpg")).resizedBilinear(height: height, width: width)
        let reduced = decoded.image.resizedBilinear(height: height, width: width)
        #expect(meanDifference(whole, reduced) < (reduction == 2 ? 3 : 6))
    }

    @Test func filesThatAreNeededWholeAreReadWhole() throws {
        let folder = TemporaryFolder()
        try ImageCodec.writeJPEG(picture, to: folder.file("a.jpg"))
        try ImageCodec.writePNG(picture, to: folder.file("a.png"))
        let whole = try ImageCodec.readRGB(folder.file("a.jpg"))
        #expect(try ImageCodec.readRGB(folder.file("a.jpg"), for: .none).image == whole)
        #expect(try ImageCodec.readRGB(folder.file("a.jpg"), for: .fitting(height: 40, width: 80)).image == whole)
        #expect(try ImageCodec.readRGB(folder.file("a.png"), for: .fitting(height: 8, width: 16)).image == picture)
    }
}
