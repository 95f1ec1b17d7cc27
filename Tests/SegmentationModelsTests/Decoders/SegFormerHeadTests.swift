import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct SegFormerHeadTests {
    private let folder = TemporaryFolder()

    private func network(seed: UInt64?) -> SegmentationNetwork {
        var decoder = SegFormerHead.Config()
        decoder.width = 12
        return SegmentationNetwork(
            .init(encoder: TinyModels.encoderConfig, decoder: decoder, classCount: 5), in: ModuleScope(seed: seed))
    }

    /// SegFormer-B0 for ADE20K has 3 752 694 weights; B5's head of 768 channels was worked out by hand from the layers.
    @Test(arguments: [(MixTransformer.Config.b0, 256, 3_752_694 - 3_319_392), (.b5, 768, 3_265_686)])
    func hasThePublishedNumberOfParameters(encoder: MixTransformer.Config, width: Int, count: Int) {
        var config = SegFormerHead.Config()
        config.width = width
        let head = SegFormerHead(config, encoder.layout, classCount: 150, in: ModuleScope(seed: nil))
        #expect(head.parameterCount == count)
    }

    @Test func equalsTransformersInOutputsAndGradients() throws {
        let fixture = try TinyModels.fixture("segformer_tiny")
        let network = network(seed: nil)
        let report = try NetworkWeights.load(fixture, into: network)
        #expect(report.isComplete && report.naming == "hugging-face" && report.prefix == "segformer.")
        let logits = network(try fixture.tensor("pixels"), in: .evaluation).logits
        expectClose(logits.values(), try fixture.tensor("logits").values(), tolerance: outputTolerance)
        runBackward(from: [(logits, try fixture.tensor("upstream.logits"))])
        let format = try NetworkWeights.format(of: fixture, for: network)
        for (name, parameter) in network.classHead.namedParameters {
            let stored = format.fileNames(of: "decode_head.\(name)", in: network.weightParts)[0]
            // transformers has the embedding as a linear layer and the fusion as a convolution, as we have.
            expectClose(
                try #require(parameter.gradient).values(), try fixture.tensor("grad.\(stored)").values(),
                tolerance: gradientTolerance, name)
        }
    }

    @Test func namesItsTensorsAsTheRelease() {
        let names = Set(network(seed: nil).namedParameters.map(\.name))
        for name in [
            "decode_head.linear_c1.proj.weight", "decode_head.linear_c4.proj.bias",
            "decode_head.linear_fuse.conv.weight", "decode_head.linear_fuse.bn.bias", "decode_head.linear_pred.weight",
        ] { #expect(names.contains(name), "\(name)") }
    }

    /// The encoder's convention is the head's, where the head has names of it.
    @Test(arguments: [
        (WeightsFormat.network, "decode_head.linear_c2.proj.weight"),
        (WeightsFormat(.huggingFace, encoderPrefix: "segformer."), "decode_head.linear_c.1.proj.weight"),
        (WeightsFormat(.huggingFaceStages, encoderPrefix: "segformer."), "decode_head.linear_c.1.proj.weight"),
    ])
    func whatIsSavedComesBackUnderEveryNaming(format: WeightsFormat, name: String) throws {
        let path = folder.file("w.safetensors")
        let (saved, loaded) = (network(seed: 1), network(seed: 2))
        try NetworkWeights.save(saved, to: path, as: format)
        let file = try SafeTensorsFile(path)
        #expect(file.contains(name))
        let report = try NetworkWeights.load(file, into: loaded)
        #expect(report.isComplete && report.unexpected == [])
        for (before, after) in zip(saved.namedParameters, loaded.namedParameters) {
            #expect(before.parameter.value.values() == after.parameter.value.values(), "\(before.name)")
        }
    }

    @Test func anEmptyNetworkTakesItsSizesFromAFile() throws {
        let path = folder.file("w.safetensors")
        var decoder = SegFormerHead.Config()
        decoder.width = 20
        let saved = SegmentationNetwork(
            .init(encoder: MixTransformer.Config.b0, decoder: decoder, classCount: 7), in: ModuleScope(seed: nil))
        try NetworkWeights.save(saved, to: path, as: WeightsFormat(.huggingFace, encoderPrefix: "segformer."))
        let file = try SafeTensorsFile(path)
        let model = try NetworkWeights.emptyModel(try #require(NetworkName("segformer-mit-b0")), fitting: file)
        #expect(try NetworkWeights.load(file, into: model).isComplete)
        #expect(model.parameterCount == saved.parameterCount)
    }

    /// HRDA is a head around any head.
    @Test func worksAtTwoResolutions() {
        var config = SegmentationNetwork.Config(
            encoder: TinyModels.encoderConfig, decoder: SegFormerHead.Config(), classCount: 5)
        config.multiResolution = TinyModels.multiResolutionConfig().multiResolution
        let network = SegmentationNetwork(config, in: ModuleScope(seed: 1))
        let output = withoutGradients {
            network(
                Tensor.ones([1, 96, 128, 3]), detail: .init(top: 8, left: 16, height: 48, width: 64), in: .evaluation)
        }
        #expect(output.logits.shape == [1, 24, 32, 5] && output.detail?.logits.shape == [1, 12, 16, 5])
        #expect(network.namedParameters.contains { $0.name == "decode_head.head.linear_fuse.conv.weight" })
    }
}
