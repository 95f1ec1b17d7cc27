import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct MultiResolutionWeightsTests {
    private let folder = TemporaryFolder()

    /// Worked out by hand from the layers: DAFormer's 3 712 275 and, for the attention, 262 144 + 1 024 of the
    /// embeddings, 262 144 + 512 of the convolution, and 4 883 of the classifier.
    @Test func hasThePublishedNumberOfParameters() {
        let network = SegmentationNetwork(
            .init(
                encoder: MixTransformer.Config.b1, decoder: DAFormerHead.Config(), classCount: 19,
                multiResolution: MultiResolutionConfig()), in: ModuleScope(seed: nil))
        let head = network.parameterCount - network.encoder.parameterCount
        #expect(head == 3_712_275 + 263_168 + 262_656 + 4_883)
    }

    @Test func namesItsTensorsAsCheckpointsOfHRDA() {
        let names = Set(TinyModels.multiResolutionNetwork(seed: nil).namedParameters.map(\.name))
        for name in [
            "backbone.block1.0.attn.kv.weight", "decode_head.head.conv_seg.bias",
            "decode_head.head.fuse_layer.aspp_modules.1.depthwise_conv.bn.weight",
            "decode_head.scale_attention.embed_layers.3.proj.bias",
            "decode_head.scale_attention.fuse_layer.conv.weight", "decode_head.scale_attention.fuse_layer.bn.bias",
            "decode_head.scale_attention.conv_seg.weight",
        ] {
            #expect(names.contains(name), "\(name)")
        }
        #expect(names.allSatisfy { $0.hasPrefix("backbone.") || $0.hasPrefix("decode_head.") })
    }

    @Test(arguments: [WeightConvention.original, .huggingFace, .huggingFaceStages])
    func savedWeightsComeBack(convention: WeightConvention) throws {
        let path = folder.file("weights.safetensors")
        let saved = TinyModels.multiResolutionNetwork(seed: 1)
        try NetworkWeights.save(saved, to: path, as: WeightsFormat(convention, encoderPrefix: "segformer."))
        let loaded = TinyModels.multiResolutionNetwork(seed: 2)
        let report = try NetworkWeights.load(try SafeTensorsFile(path), into: loaded)
        #expect(report.isComplete && report.unexpected.isEmpty)
        for (before, after) in zip(saved.namedParameters, loaded.namedParameters) {
            #expect(before.parameter.value.values() == after.parameter.value.values(), "\(before.name)")
        }
    }

    @Test(arguments: [1, 5]) func theRegistryTakesSizesFromAFile(channels: Int) throws {
        let path = folder.file("weights.safetensors")
        var config = TinyModels.multiResolutionConfig(channels == 1 ? .singleChannel : .classWise)
        config.encoder = MixTransformer.Config.b0
        let saved = SegmentationNetwork(config, in: ModuleScope(seed: nil))
        try NetworkWeights.save(saved, to: path, as: .network)
        let file = try SafeTensorsFile(path)
        let model = try NetworkWeights.emptyModel(try #require(NetworkName("hrda-mit-b0")), fitting: file)
        try NetworkWeights.load(file, into: model).requireComplete()
        #expect(model.parameterCount == saved.parameterCount)
        // Windows and scale are in no tensor, but in the header.
        let resolutions = (model as? SegmentationNetwork)?.multiResolution
        #expect(resolutions?.detail == config.multiResolution?.detail)
        #expect(resolutions?.contextScale == config.multiResolution?.contextScale)
        #expect {
            try NetworkWeights.emptyModel(
                try #require(NetworkName("hrda-mit-b0")), fitting: file, said: ToldSizes(["detailHeight": 7]))
        } throws: { "\($0)".contains("that detailHeight is") }
        let outputs = withoutGradients { model.outputs(Tensor.zeros([1, 64, 64, 3]), boxes: nil, in: .evaluation) }
        #expect(outputs.map(\.name) == ["logits"])
    }

    @Test func aFileOfOneResolutionIsNotEnough() throws {
        let path = folder.file("weights.safetensors")
        try NetworkWeights.save(TinyModels.network(seed: 1), to: path, as: .network)
        let file = try SafeTensorsFile(path)
        let error = try #require(throws: WeightsError.self) {
            try NetworkWeights.emptyModel(try #require(NetworkName("hrda-mit-b0")), fitting: file)
        }
        #expect(error.description.contains("decode_head.scale_attention.conv_seg.weight"))
        let report = try NetworkWeights.load(file, into: TinyModels.multiResolutionNetwork(seed: 1))
        #expect(report.missing.contains("decode_head.head.conv_seg.weight"))
    }

    /// The context and the detail pass start as the trained network of one resolution; the attention stays as it was.
    @Test func goesOnFromANetworkOfOneResolution() throws {
        let (trained, network) = (TinyModels.network(seed: 1), TinyModels.multiResolutionNetwork(seed: 2))
        let before = values(of: network)
        try load(trained, into: network)
        let (from, after) = (values(of: trained), values(of: network))
        #expect(before.keys.contains { $0.hasPrefix("decode_head.scale_attention.") })
        for (name, value) in after {
            let isAttention = name.hasPrefix("decode_head.scale_attention.")
            let expected = isAttention ? before[name] : from[name.replacing("decode_head.head.", with: "decode_head.")]
            #expect(value == expected, "\(name)")
        }
    }

    @Test func goesOnFromItsOwnKind() throws {
        let (trained, network) = (
            TinyModels.multiResolutionNetwork(seed: 1), TinyModels.multiResolutionNetwork(seed: 2)
        )
        try load(trained, into: network)
        #expect(values(of: network) == values(of: trained))
    }

    /// The attention of the file is passed over.
    @Test func aNetworkOfOneResolutionGoesOnFromTwo() throws {
        let (trained, network) = (TinyModels.multiResolutionNetwork(seed: 1), TinyModels.network(seed: 2))
        try load(trained, into: network)
        let from = values(of: trained)
        for (name, value) in values(of: network) {
            #expect(value == from[name.replacing("decode_head.", with: "decode_head.head.")], "\(name)")
        }
    }

    @Test func goesOnFromAnEncoderAloneNever() throws {
        let path = folder.file("weights.safetensors")
        try NetworkWeights.save(TinyModels.network(seed: 1).encoder, to: path, as: .network)
        #expect(throws: WeightsError.self) {
            try NetworkWeights.loadTrained(try SafeTensorsFile(path), into: TinyModels.network(seed: 2))
        }
    }

    /// By way of a file.
    private func load(_ trained: SegmentationNetwork, into network: SegmentationNetwork) throws {
        let path = folder.file("weights.safetensors")
        try NetworkWeights.save(trained, to: path, as: .network)
        try NetworkWeights.loadTrained(try SafeTensorsFile(path), into: network)
    }

    private func values(of network: SegmentationNetwork) -> [String: [Float]] {
        let tensors = network.namedParameters.map { ($0.name, $0.parameter.value.values()) }
            + network.namedBuffers.map { ($0.name, $0.buffer.values()) }
        return Dictionary(uniqueKeysWithValues: tensors)
    }
}
