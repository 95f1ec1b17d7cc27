import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport

/// Recomputing saves memory and changes no bit, with noise and batch statistics as in training.
@Suite struct RecomputationTests {
    /// Logits, every gradient, and the running statistics after the pass.
    private func trained(_ recomputation: Recomputation) -> [[Float]] {
        var (config, encoder) = (TinyModels.networkConfig, TinyModels.encoderConfig)
        encoder.dropPathRate = 0.5
        config.encoder = encoder
        let network = SegmentationNetwork(config, in: ModuleScope(seed: 1))
        let noise = NoiseSource(seed: 1, step: 3, pass: "source", slots: [0, 1])
        var context = ForwardContext(batchStatistics: .batch(reduce: nil), noise: noise)
        context.recomputation = recomputation
        let logits = network(pseudoRandomTensor([2, 64, 32, 3], seed: 2), in: context).logits
        runBackward(from: [(logits, pseudoRandomTensor(logits.shape, seed: 3))])
        return [logits.values()] + network.namedParameters.map { $0.parameter.gradient?.values() ?? [] }
            + network.namedBuffers.map { $0.buffer.values() }
    }

    @Test(arguments: [Recomputation.attention, .block]) func changesNoBit(recomputation: Recomputation) {
        let kept = trained(.none)
        #expect(kept.dropFirst().allSatisfy { !$0.isEmpty })
        #expect(trained(recomputation) == kept)
    }
}
