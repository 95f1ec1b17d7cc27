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

    @Test func confidentPixelsAreCountedImageByImage() {
        let scores = pseudoRandomTensor([3, 4, 3, 5], seed: 1, in: -4...4)
        let (labels, confidence) = scores.classified(height: 11, width: 7)
        let counted = scores.classified(height: 11, width: 7, threshold: 0.7)
        #expect(counted.labels == labels)
        #expect(counted.confidentCounts == (0..<3).map { image in
            confidence[image * 77..<(image + 1) * 77].count { $0 >= 0.7 }
        })
        #expect(counted.confidentCounts.allSatisfy { (1..<77).contains($0) })
        #expect(scores.classified(height: 2, width: 2, threshold: 0).confidentCounts == [4, 4, 4])
    }

    /// Two cells of 2 x 2: three pixels of 7 and one of 9; a tie of 9 and 255, which the lower label wins.
    @Test func cellsBelongToTheirMostFrequentLabel() {
        let labels = IndexTensor([7, 7, 255, 9, 7, 9, 9, 255], shape: [1, 2, 4])
        func mask(_ counting: [Int], least: Float) -> [Float] {
            let flags = IndexTensor((0..<256).map { counting.contains($0) ? 1 : 0 }, shape: [256])
            return labels.cellMask(rows: 1, columns: 2, counting: flags, least: least).values()
        }
        #expect(mask([7], least: 3) == [1, 0])
        #expect(mask([7], least: 3.5) == [0, 0])
        #expect(mask([7, 9], least: 2) == [1, 1])
        #expect(mask([255], least: 2) == [0, 0])
    }

    @Test func theFirstOfEqualClassesWins() {
        let (labels, confidence) = Tensor([1, 3, 3, 0], shape: [1, 1, 1, 4]).classified(height: 1, width: 2)
        #expect(labels == [1, 1])
        #expect(confidence[0] < 0.5)
    }
}
