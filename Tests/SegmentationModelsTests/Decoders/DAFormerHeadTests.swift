import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct DAFormerHeadTests {
    /// Worked out by hand from the layers: 3 712 275 and 24 698 643 with the channels of MiT-B1 to B5 and 19 classes.
    @Test(arguments: [(256, 3_712_275), (768, 24_698_643)])
    func hasThePublishedNumberOfParameters(width: Int, count: Int) {
        var config = DAFormerHead.Config()
        config.width = width
        config.embedding = 256
        let inputs = FeaturePyramid.Layout(channels: [64, 128, 320, 512])
        let head = DAFormerHead(config, inputs, classCount: 19, in: ModuleScope(seed: nil))
        #expect(head.parameterCount == count)
    }

    /// The head alone, filled from the fixture.
    private func head(_ fixture: SafeTensorsFile) throws -> DAFormerHead {
        let head = DAFormerHead(
            TinyModels.headConfig, TinyModels.layout, classCount: TinyModels.classCount, in: ModuleScope(seed: nil))
        for (name, parameter) in head.namedParameters {
            parameter.assign(try fixture.tensor("decode_head.\(name)"))
        }
        for (name, buffer) in head.namedBuffers { buffer.assign(try fixture.tensor("decode_head.\(name)")) }
        return head
    }

    private func inputs(_ fixture: SafeTensorsFile) throws -> FeaturePyramid {
        FeaturePyramid(
            TinyModels.layout, maps: try (1...4).map { try fixture.tensor("input\($0)").trackingGradient() })
    }

    @Test func equalsPyTorchWithRunningStatistics() throws {
        let fixture = try TinyModels.fixture("daformer_tiny")
        let logits = try head(fixture)(try inputs(fixture), in: .evaluation).logits
        #expect(logits.shape == [2, 10, 18, 5])
        expectClose(logits.values(), try fixture.tensor("logits.eval").values(), tolerance: outputTolerance)
    }

    @Test func equalsPyTorchWithBatchStatisticsInOutputsAndGradients() throws {
        let fixture = try TinyModels.fixture("daformer_tiny")
        let head = try head(fixture)
        let inputs = try inputs(fixture)
        let logits = head(inputs, in: .batchStatisticsOnly).logits
        expectClose(logits.values(), try fixture.tensor("logits.train").values(), tolerance: outputTolerance)
        runBackward(from: [(logits, try fixture.tensor("upstream.logits"))])
        for (index, input) in inputs.maps.enumerated() {
            expectClose(
                try #require(input.gradient).values(), try fixture.tensor("grad.input\(index + 1)").values(),
                tolerance: gradientTolerance, "input\(index + 1)")
        }
        for (name, parameter) in head.namedParameters {
            expectClose(
                try #require(parameter.gradient).values(), try fixture.tensor("grad.decode_head.\(name)").values(),
                tolerance: gradientTolerance, name)
        }
        for (name, buffer) in head.namedBuffers {
            expectClose(
                buffer.values(), try fixture.tensor("after.decode_head.\(name)").values(), tolerance: outputTolerance,
                name)
        }
    }

    /// One head's outputs for the same maps, nearly all channels dropped and none.
    private func withAndWithoutDropout() throws -> (noisy: DecoderOutput, quiet: DecoderOutput) {
        var config = TinyModels.headConfig
        config.dropoutRate = 0.9
        let head = DAFormerHead(
            config, TinyModels.layout, classCount: TinyModels.classCount, in: ModuleScope(seed: 1))
        let maps = try inputs(try TinyModels.fixture("daformer_tiny"))
        let noise = NoiseSource(seed: 1, step: 0, pass: "source", slots: [0, 1])
        return (
            head(maps, in: ForwardContext(batchStatistics: .running, noise: noise)), head(maps, in: .evaluation)
        )
    }

    @Test func dropsChannelsBeforeTheClassifierWhenThereIsNoise() throws {
        let (noisy, quiet) = try withAndWithoutDropout()
        #expect(relativeDifference(noisy.logits.values(), quiet.logits.values()) > 0.1)
    }

    /// Classes are scores of the fused map: with its weights, the classifier gives the logits again.
    @Test func theFusedMapIsWhatTheClassifierScores() throws {
        let fixture = try TinyModels.fixture("daformer_tiny")
        let head = try head(fixture)
        let output = head(try inputs(fixture), in: .evaluation)
        #expect(output.fused.shape == [2, 10, 18, head.config.fusedChannels])
        let named = Dictionary(uniqueKeysWithValues: head.namedParameters.map { ($0.name, $0.parameter.value) })
        let weight = try #require(named["conv_seg.weight"])
        let again = output.fused.linear(
            weight: weight.reshaped([weight.shape[0], weight.count / weight.shape[0]]), bias: named["conv_seg.bias"])
        expectClose(again.values(), output.logits.values(), tolerance: 1e-6)
    }

    /// A loss on the fused map sees all channels, whatever the classifier is not shown.
    @Test func theFusedMapIsThatBeforeDropout() throws {
        let (noisy, quiet) = try withAndWithoutDropout()
        #expect(noisy.fused.values() == quiet.fused.values())
    }
}
