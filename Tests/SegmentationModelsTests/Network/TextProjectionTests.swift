import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// A projection of the fused map that only training has.
@Suite struct TextProjectionTests {
    private let folder = TemporaryFolder()

    private func network(seed: UInt64?, projection: Int? = 7) -> SegmentationNetwork {
        var config = TinyModels.networkConfig
        config.textProjection = projection
        return SegmentationNetwork(config, in: ModuleScope(seed: seed))
    }

    @Test func bringsTheFusedMapToTheWidthOfTexts() throws {
        let images = pseudoRandomTensor([1, 32, 32, 3], seed: 1)
        let (with, without) = (network(seed: 1), network(seed: 1, projection: nil))
        let (output, plain) = (with(images, in: .evaluation), without(images, in: .evaluation))
        #expect(output.logits.values() == plain.logits.values())
        #expect(with.textFeatures(output).shape == [1, 8, 8, 7])
        #expect(without.textFeatures(plain).values() == plain.fused.values())
        let named = Dictionary(uniqueKeysWithValues: with.namedParameters.map { ($0.name, $0.parameter.value) })
        let weight = try #require(named["text_projection.weight"])
        #expect(with.textFeatures(output).values() == output.fused.linear(weight: weight, bias: nil).values())
    }

    /// One optimiser group has it, as it has every other parameter.
    @Test func isTrainedAsPartOfTheHead() throws {
        let network = network(seed: 1)
        let names = network.namedParameters.map(\.name)
        let members = try network.parameterGroups.indices(of: names)
        let place = try #require(names.firstIndex(of: "text_projection.weight"))
        #expect(network.parameterGroups[members[place]].learningRate == .head)
    }

    @Test func isInNoFileOfWeights() throws {
        let path = folder.file("w.safetensors")
        let saved = network(seed: 1)
        try NetworkWeights.save(saved, to: path, as: .network)
        let file = try SafeTensorsFile(path)
        #expect(!file.names.contains { $0.contains("projection") })
        let loaded = network(seed: 2)
        let report = try NetworkWeights.loadTrained(file, into: loaded)
        #expect(report.isComplete && report.drawn == ["text_projection.weight"])
        let plain = try NetworkWeights.loadTrained(file, into: network(seed: 2, projection: nil))
        #expect(plain.isComplete && plain.drawn.isEmpty)
    }
}
