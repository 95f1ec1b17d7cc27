import NN
import TensorEngine
import Testing
import _TestSupport
import WeightFiles

@Suite struct CrossEntropyTests {
    @Test(arguments: ["plain", "two_classes", "upsampled", "upsampled_many_rows", "downsampled"])
    func valuesAndGradientsAgreeWithPyTorch(_ name: String) throws {
        let golden = try GoldenOperation("cross_entropy", name)
        let shape = try golden.file.entry("\(name).labels").shape
        let labels = IndexTensor(try golden.file.integers("\(name).labels").map(Int32.init), shape: shape)
        let (weights, classWeights) = (try golden.tensor("weights"), try golden.tensor("class_weights"))
        try golden.expect(tolerance: 5e-6) {
            $0[0].upsampledCrossEntropy(labels: labels, weights: weights, classWeights: classWeights)
        }
    }

    @Test func gradientsAgreeWithDifferences() {
        let labels = IndexTensor([0, 2, 255, 1, 1, 0], shape: [1, 2, 3])
        let weights = pseudoRandomTensor([1, 2, 3], seed: 2, in: 0...1)
        checkGradients([pseudoRandomTensor([1, 2, 3, 3], seed: 1)]) {
            $0[0].crossEntropy(labels: labels, weights: weights)
        }
        checkGradients([pseudoRandomTensor([1, 1, 2, 3], seed: 1)]) {
            $0[0].upsampledCrossEntropy(labels: labels, weights: weights)
        }
    }

    /// Several bands of rows and several maps, against the upsampled logits held whole.
    @Test func bandsAgreeWithTheWholeMap() {
        let logits = pseudoRandomTensor([2, 20, 9, 5], seed: 1, in: -4...4)
        let count = 2 * 79 * 36
        let values = (0..<count).map { (index: Int) -> Int32 in Int32(index * 7 % 6) }
        let labels = IndexTensor(values, shape: [2, 79, 36])
        let (banded, bandedGradients) = evaluate([logits], Tensor(0.5)) {
            $0[0].upsampledCrossEntropy(labels: labels, ignoreIndex: 5)
        }
        let (whole, wholeGradients) = evaluate([logits], Tensor(0.5)) {
            $0[0].resized(height: 79, width: 36, mode: .bilinear(alignCorners: false))
                .crossEntropy(labels: labels, ignoreIndex: 5)
        }
        expectClose(banded, whole, tolerance: 1e-6)
        expectClose(bandedGradients[0], wholeGradients[0], tolerance: 2e-6)
    }

    @Test func manyPixelsAndManyClassesAgreeWithLogSoftmax() {
        for (pixels, classes) in [(9000, 3), (5, 3000)] {
            let logits = pseudoRandomTensor([pixels, classes], seed: 1, in: -9...9)
            let labels = (0..<pixels).map { $0 % classes }
            let loss = logits.crossEntropy(labels: IndexTensor(labels.map(Int32.init), shape: [pixels])).item()
            let logProbabilities = logits.logSoftmax().values()
            let expected = labels.enumerated().reduce(0.0) { sum, label in
                sum - Double(logProbabilities[label.offset * classes + label.element])
            }
            #expect(abs(Double(loss) - expected) < 1e-5 * expected)
        }
    }

    @Test func ignoredPixelsAddNothingEvenWhereLogitsAreNotFinite() {
        let logits = Tensor([.nan, 0, 0, 0], shape: [2, 2]).trackingGradient()
        let loss = logits.crossEntropy(labels: IndexTensor([255, 1], shape: [2]))
        loss.backward()
        #expect(abs(loss.item() - 0.6931472) < 1e-6)
        #expect(logits.gradient?.values() == [0, 0, 0.5, -0.5])
    }

    /// When the next result comes back, whichever it is.
    @Test func aLabelThatIsNoClassStopsTheProgramAndSaysSo() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Tensor.zeros([3, 4]).crossEntropy(labels: IndexTensor([4, -1, 3], shape: [3]))
            _ = Tensor.zeros([1]).values()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("crossEntropy: 2 labels are neither one of 4 classes nor ignored"))
    }

    @Test func noPixelsGiveZero() {
        let logits = Tensor.zeros([0, 2, 2, 3]).trackingGradient()
        let loss = logits.upsampledCrossEntropy(labels: IndexTensor([], shape: [0, 4, 4]))
        loss.backward()
        #expect(loss.item() == 0)
        #expect(logits.gradient?.shape == [0, 2, 2, 3])
    }
}
