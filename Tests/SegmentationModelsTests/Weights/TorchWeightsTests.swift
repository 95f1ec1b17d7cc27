import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Checkpoints of other programs in PyTorch's own form.
@Suite struct TorchWeightsTests {
    private func load(_ name: String) throws -> (encoder: MixTransformer, report: LoadReport) {
        let encoder = TinyModels.encoder()
        let report = try NetworkWeights.load(try WeightsFile.open(Fixture.path("torch/\(name)")), into: encoder)
        try report.requireComplete()
        return (encoder, report)
    }

    /// Element i of tensor k of the fixture.
    private func value(_ index: Int, ofTensor number: Int) -> Float { Float((7 * index + 11 * number) % 61 - 30) / 8 }

    @Test func takesTheStudentOfACheckpointOfDAFormer() throws {
        let (encoder, report) = try load("mit_original.pth")
        #expect(report.prefix == "state_dict.model.backbone.")
        #expect(report.passedOver.map(\.prefix) == ["state_dict.ema_model.", "state_dict.imnet_model."])
        #expect(report.unexpected == [])
        let parameters = Dictionary(encoder.namedParameters.map { ($0.name, $0.parameter) }) { first, _ in first }
        // The first four tensors of the file: patch_embed1.proj and .norm.
        let kernel = try #require(parameters["patch_embed1.proj.weight"]).value
        let stored = FrameworkLayout.tensor(fromOurs: kernel).values()
        #expect(stored == stored.indices.map { value($0, ofTensor: 0) })
        let bias = try #require(parameters["patch_embed1.norm.bias"]).value.values()
        #expect(bias == bias.indices.map { value($0, ofTensor: 3) })
    }

    /// Queries, keys and values are one tensor there, and linear layers convolutions of one pixel.
    @Test func mmsegmentationsNamesGiveTheSameEncoder() throws {
        let ((original, _), (encoder, report)) = (try load("mit_original.pth"), try load("mit_mmseg.pth"))
        #expect(report.naming == "mmsegmentation" && report.prefix == "state_dict.backbone.")
        #expect(report.unexpected == [] && report.passedOver == [])
        for (own, other) in zip(encoder.namedParameters, original.namedParameters) {
            #expect(own.parameter.value.values() == other.parameter.value.values(), "\(own.name)")
        }
        #expect(encoder.epsilons == LayerNormEpsilons(blocks: 1e-6, embeddings: 1e-6))
    }

    @Test func aWrongShapeInMmsegmentationsNamesIsNamed() throws {
        var config = TinyModels.encoderConfig
        config.channels[0] = 16
        let file = try WeightsFile.open(Fixture.path("torch/mit_mmseg.pth"))
        let encoder = MixTransformer(config, in: ModuleScope(seed: 1))
        #expect { try NetworkWeights.load(file, into: encoder) } throws: { error in
            "\(error)".contains("layers.0.0.projection.weight': has shape [8, 3, 7, 7]")
                && "\(error)".contains("the network needs [16, 3, 7, 7]")
        }
    }
}
