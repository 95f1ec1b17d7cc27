import TensorEngine
import Testing
import _TestSupport

@Suite struct PixelClassificationTests {
    @Test(arguments: [[1, 1], [7, 9], [13, 5]])
    func equalsUpsamplingThenLargestProbability(size: [Int]) {
        let scores = pseudoRandomTensor([2, 4, 3, 5], seed: 1, in: -4...4)
        let (labels, confidence) = scores.classified(height: size[0], width: size[1])
        let resized = scores.resized(height: size[0], width: size[1])
        let exponentials = resized.exponential()
        let probabilities = (exponentials / exponentials.sum([-1], keepingAxes: true)).values()
        for pixel in labels.indices {
            let row = Array(probabilities[pixel * 5..<(pixel + 1) * 5])
            let best = row.max() ?? 0
            #expect(row[Int(labels[pixel])] >= best - 1e-6)
            #expect(abs(confidence[pixel] - best) < 1e-6)
        }
        #expect(labels.count == 2 * size[0] * size[1])
    }

    @Test func theFirstOfEqualClassesWins() {
        let (labels, confidence) = Tensor([1, 3, 3, 0], shape: [1, 1, 1, 4]).classified(height: 1, width: 2)
        #expect(labels == [1, 1])
        #expect(confidence[0] < 0.5)
    }
}
