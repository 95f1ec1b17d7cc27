import ImageIO
import Testing

@Suite struct NormalizationTests {
    @Test func subtractsTheMeanAndDividesByTheDeviation() {
        let image = RGBImage(height: 1, width: 2, channels: 3, pixels: [0, 1, 2, 255, 128, 64])
        let expected: [Float] = [
            (0 - 123.675) / 58.395, (1 - 116.28) / 57.12, (2 - 103.53) / 57.375,
            (255 - 123.675) / 58.395, (128 - 116.28) / 57.12, (64 - 103.53) / 57.375,
        ]
        #expect(Normalization.imageNet.batch([image]) == expected)
    }

    @Test(arguments: [1, 7, 8, 43])
    func everyPixelIsNormalisedAlike(count: Int) {
        let bytes = RGBImage(height: 1, width: count, channels: 3, pixels: (0..<3 * count).map { UInt8($0 * 83 % 256) })
        let (mean, deviation) = (Normalization.imageNet.mean, Normalization.imageNet.deviation)
        let expected = bytes.pixels.enumerated().map { (Float($1) - mean[$0 % 3]) / deviation[$0 % 3] }
        #expect(Normalization.imageNet.batch([bytes]) == expected)
    }

    @Test func anEmptyBatchIsEmpty() {
        #expect(Normalization.imageNet.batch([]).isEmpty)
    }
}
