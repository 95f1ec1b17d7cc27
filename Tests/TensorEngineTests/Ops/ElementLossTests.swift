import Foundation
import TensorEngine
import Testing
import _TestSupport

@Suite struct ElementLossTests {
    @Test func binaryCrossEntropyAgreesWithPyTorch() throws {
        let golden = try GoldenOperation("element_losses", "binary")
        let (targets, weights) = (try golden.tensor("targets"), try golden.tensor("weights"))
        try golden.expect(tolerance: 1e-6) { $0[0].binaryCrossEntropySum(targets: targets, weights: weights) }
    }

    @Test func absoluteErrorAgreesWithPyTorch() throws {
        let golden = try GoldenOperation("element_losses", "absolute")
        let targets = try golden.tensor("targets")
        try golden.expect(tolerance: 1e-6) { $0[0].absoluteErrorSum(targets: targets) }
    }

    /// Many blocks, against sums in double precision of single ones.
    @Test func manyElementsAreAddedUpInDoublePrecision() {
        let (logits, targets) = (pseudoRandomTensor([30_011], seed: 1, in: -6...6), Tensor.ones([30_011]))
        let expected = logits.values().reduce(0.0) { $0 + log1p(exp(-Double($1))) }
        let loss = logits.binaryCrossEntropySum(targets: targets).item()
        #expect(abs(Double(loss) - expected) < 3e-7 * expected)
        let distance = logits.values().reduce(0.0) { $0 + abs(Double($1) - 1) }
        #expect(abs(Double(logits.absoluteErrorSum(targets: targets).item()) - distance) < 2e-7 * distance)
    }

    /// Logits that are nearly sure of the right answer have a loss that a sum of 1 would swallow.
    @Test func smallLossesKeepTheirDigits() {
        for (logit, target) in [(12, 1), (-12, 0), (25, 1), (80, 1)] as [(Float, Float)] {
            let loss = Tensor([logit], shape: [1]).binaryCrossEntropySum(targets: Tensor([target], shape: [1])).item()
            let expected = log1p(exp(-abs(Double(logit))))
            #expect(abs(Double(loss) - expected) < 1e-6 * expected)
        }
        let surelyWrong = Tensor([200, -200], shape: [2]).binaryCrossEntropySum(targets: Tensor([0, 1], shape: [2]))
        #expect(surelyWrong.item() == 400)
    }

    @Test func elementsWithoutWeightAddNothingEvenWhereTheyAreNotFinite() {
        let logits = Tensor([.nan, 0, .infinity], shape: [3]).trackingGradient()
        let loss = logits.binaryCrossEntropySum(
            targets: Tensor([1, 1, 0], shape: [3]), weights: Tensor([0, 2, 0], shape: [3]))
        loss.backward()
        #expect(abs(loss.item() - 2 * 0.6931472) < 1e-6)
        #expect(logits.gradient?.values() == [0, -1, 0])
    }

    @Test func aNaNIsNotSwallowed() {
        let logits = Tensor([.nan, 0], shape: [2])
        #expect(logits.binaryCrossEntropySum(targets: Tensor.ones([2])).item().isNaN)
        #expect(logits.absoluteErrorSum(targets: Tensor.ones([2])).item().isNaN)
    }

    @Test func noElementsGiveZero() {
        let logits = Tensor.zeros([0, 4]).trackingGradient()
        let loss =
            logits.binaryCrossEntropySum(targets: Tensor.zeros([0, 4]), weights: Tensor.zeros([0, 4]))
            + logits.absoluteErrorSum(targets: Tensor.zeros([0, 4]))
        loss.backward()
        #expect(loss.item() == 0)
        #expect(logits.gradient?.shape == [0, 4])
    }
}

/// A batch without a region goes through the layers of a detector's heads and leaves zeros in their weights.
@Suite struct EmptyRowsTests {
    @Test func headsOfNoRegionsGiveZeroLossesAndZeroGradients() {
        let shapes = [[6, 147], [6], [5, 6], [5], [32, 3, 3, 3], [32], [32, 3, 3, 32], [32], [4, 1, 1, 32], [4]]
        let weights = shapes.enumerated().map { pseudoRandomTensor($1, seed: UInt64($0)).trackingGradient() }
        let map = pseudoRandomTensor([1, 8, 8, 3], seed: 30).trackingGradient()
        let bins = Tensor.roiAligned([map], strides: [4], regions: [], size: 7)
        let features = bins.reshaped([0, 147]).linear(weight: weights[0], bias: weights[1]).relu()
        let classes = features.linear(weight: weights[2], bias: weights[3])
        let masks = bins.convolution(weight: weights[4], bias: weights[5], padding: 1).relu()
            .convolution(weight: weights[6], bias: weights[7], padding: 1).convolution(
                weight: weights[8], bias: weights[9])
        let picked = masks.reshaped([0, 4]).gathered(IndexTensor([], shape: [0]))
        let losses = [
            classes.crossEntropy(labels: IndexTensor([], shape: [0])),
            classes.absoluteErrorSum(targets: classes.detached()),
            picked.binaryCrossEntropySum(targets: Tensor.zeros([0, 4])),
        ]
        let total = losses[0] + losses[1] + losses[2]
        total.backward()
        #expect(total.item() == 0)
        for weight in weights { #expect(weight.gradient?.values().allSatisfy { $0 == 0 } == true) }
    }
}
