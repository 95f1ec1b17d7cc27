import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct NetworkWeightsTests {
    private let folder = TemporaryFolder()

    private func values(_ model: any SegmentationModel) -> [[Float]] {
        model.namedParameters.map { $0.parameter.value.values() } + model.namedBuffers.map { $0.buffer.values() }
    }

    @Test(arguments: [
        WeightsFormat(.original), WeightsFormat(.original, encoderPrefix: "backbone."),
        WeightsFormat(.original, encoderPrefix: "model.backbone.", headPrefix: "model."),
        WeightsFormat(.huggingFace), WeightsFormat(.huggingFace, encoderPrefix: "segformer."),
        WeightsFormat(.huggingFaceStages), WeightsFormat(.huggingFaceStages, encoderPrefix: "segformer."),
    ])
    func whatIsSavedComesBackUnderEveryNaming(format: WeightsFormat) throws {
        let path = folder.file("w.safetensors")
        let saved = TinyModels.network(seed: 1)
        try NetworkWeights.save(saved, to: path, as: format)
        let loaded = TinyModels.network(seed: 2)
        let report = try NetworkWeights.load(try SafeTensorsFile(path), into: loaded)
        #expect(report.isComplete && report.unexpected == [])
        #expect(try NetworkWeights.format(of: try SafeTensorsFile(path), for: loaded) == format)
        #expect(values(loaded) == values(saved))
    }

    @Test func aFileOfTransformersIsWrittenBackWithTheSameNamesShapesAndValues() throws {
        let path = folder.file("back.safetensors")
        let fixture = try TinyModels.fixture("mit_tiny")
        let encoder = TinyModels.encoder()
        let report = try NetworkWeights.load(fixture, into: encoder)
        let format = try NetworkWeights.format(of: fixture, for: encoder)
        #expect(format == WeightsFormat(.huggingFace))
        #expect(report.naming == "hugging-face" && report.prefix == "")
        try NetworkWeights.save(encoder, to: path, as: format)
        let back = try SafeTensorsFile(path)
        #expect(back.names.count == 130)
        for name in back.names {
            #expect(try back.entry(name).shape == fixture.entry(name).shape, "\(name)")
            #expect(try back.floats(name) == fixture.floats(name), "\(name)")
        }
    }

    @Test func epsilonsFollowTheOrigin() throws {
        let encoder = TinyModels.encoder()
        #expect(encoder.epsilons == .original)
        try NetworkWeights.load(try TinyModels.fixture("mit_tiny"), into: encoder)
        #expect(encoder.epsilons == .huggingFace)
        // Under original names, the metadata remembers the epsilons the weights were trained with.
        let path = folder.file("renamed.safetensors")
        try NetworkWeights.save(encoder, to: path, as: WeightsFormat(.original))
        let other = TinyModels.encoder()
        try NetworkWeights.load(try SafeTensorsFile(path), into: other)
        #expect(other.epsilons == .huggingFace)
    }

    @Test func listsWhatIsMissingAndUnexpected() throws {
        let path = folder.file("encoder.safetensors")
        try NetworkWeights.save(TinyModels.encoder(seed: 1), to: path, as: WeightsFormat(.original))
        let network = TinyModels.network(seed: 2)
        let report = try NetworkWeights.load(try SafeTensorsFile(path), into: network)
        #expect(!report.isComplete)
        #expect(report.missing.count == network.classHead.namedParameters.count + network.classHead.namedBuffers.count)
        #expect(report.missing.allSatisfy { $0.hasPrefix("decode_head.") })
        let error = try #require(throws: WeightsError.self) { try report.requireComplete() }
        #expect(error.description.contains("lacks \(report.missing.count) tensors of the network (decode_head."))

        let whole = folder.file("network.safetensors")
        try NetworkWeights.save(network, to: whole, as: .network)
        let partial = try NetworkWeights.load(try SafeTensorsFile(whole), into: TinyModels.encoder())
        #expect(partial.isComplete)
        #expect(partial.unexpected.contains("decode_head.conv_seg.weight"))
    }

    @Test func refusesWrongShapesNamingTensorAndBothAndChangesNothing() throws {
        let path = folder.file("w.safetensors")
        try NetworkWeights.save(TinyModels.encoder(seed: 1), to: path, as: WeightsFormat(.huggingFace))
        var config = TinyModels.encoderConfig
        config.channels[3] = 40
        let other = MixTransformer(config, in: ModuleScope(seed: 2))
        let before = values(other)
        let error = try #require(throws: WeightsError.self) {
            try NetworkWeights.load(try SafeTensorsFile(path), into: other)
        }
        #expect(error.code == .wrongShape)
        #expect(
            error.description.contains(
                "'encoder.patch_embeddings.3.proj.weight': has shape [32, 24, 3, 3], the network needs [40, 24, 3, 3]"))
        #expect(values(other) == before)
    }

    @Test func skipsWrongShapesWhenAsked() throws {
        let path = folder.file("w.safetensors")
        let saved = TinyModels.network(seed: 1)
        try NetworkWeights.save(saved, to: path, as: .network)
        var config = TinyModels.networkConfig
        config.classCount = 7
        let other = SegmentationNetwork(config, in: ModuleScope(seed: 2))
        let report = try NetworkWeights.load(try SafeTensorsFile(path), into: other, onMismatch: .skip)
        #expect(report.wrongShape.map(\.name) == ["decode_head.conv_seg.weight", "decode_head.conv_seg.bias"])
        #expect(values(other.encoder) == values(saved.encoder))
    }

    @Test func anEncoderThatIsGoingToBeLoadedIsNotDrawnAndTheHeadIsTheSame() {
        let drawn = TinyModels.network(seed: 3)
        let waiting = TinyModels.network(seed: 3, loadsEncoder: true)
        let heads = [waiting, drawn].map { $0.classHead.namedParameters.map { $0.parameter.value.values() } }
        #expect(heads[0] == heads[1])
        #expect(values(waiting.encoder) != values(drawn.encoder))
        #expect(values(waiting.encoder) == values(TinyModels.network(seed: nil).encoder))
    }

    @Test func refusesAFileOfUnknownNames() throws {
        let path = folder.file("w.safetensors")
        try SafeTensorsWriter.write(path, [SafeTensorsItem("conv1.weight", shape: [1], floats: [1])])
        let error = try #require(throws: WeightsError.self) {
            try NetworkWeights.load(try SafeTensorsFile(path), into: TinyModels.encoder())
        }
        #expect(error.code == .unknownFormat)
        #expect(error.description.contains("has no tensor named patch_embed1.proj.weight"))
    }
}
