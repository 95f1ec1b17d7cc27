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

    @Test func anEmptyBatchIsEmpty() {
        #expect(Normalization.imageNet.batch([]).isEmpty)
    }
}
