import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Mask2Former on a Swin, from files of other programs and into them.
@Suite struct Mask2FormerNetworkTests {
    private let folder = TemporaryFolder()
    private let fixture = Fixture.path("models/mask2former_swin_tiny.safetensors")

    /// That of `make_mask2former_network_fixtures.py`, with its four classes unless said otherwise.
    private func network(seed: UInt64? = nil, things: [UInt8] = [3, 5, 6, 9]) -> SegmentationNetwork {
        var encoder = Swin.Config.tiny
        (encoder.width, encoder.depths, encoder.heads, encoder.window) = (6, [2, 1, 1, 1], [1, 1, 2, 2], 3)
        var decoder = Mask2Former.Config()
        decoder.width = 32
        decoder.groups = 8
        decoder.queries = 6
        decoder.pixelDecoder.layers = 1
        decoder.pixelDecoder.hidden = 12
        decoder.transformer.layers = 4
        decoder.transformer.hidden = 12
        return SegmentationNetwork(
            .init(encoder: encoder, decoder: nil, classCount: 19, objects: (decoder, things)),
            in: ModuleScope(seed: seed))
    }

    private func values(_ network: any Module) -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.parameter.value.values()) })
    }

    @Test func outputsAndGradientsEqualThoseOfTransformers() throws {
        let output = folder.file("out.safetensors")
        // The fixture is weights and input in one file.
        let report = try ForwardRun(wantsGradients: true)
            .run(network(), weights: fixture, input: fixture, output: output)
        #expect(report.isComplete)
        let (expected, actual) = (try SafeTensorsFile(fixture), try SafeTensorsFile(output))
        let outputs = expected.names.filter { $0.hasPrefix("upstream.") }.map { String($0.dropFirst(9)) }
        #expect(outputs.count == 11)
        for name in outputs {
            #expect(try actual.entry(name).shape == expected.entry(name).shape, "\(name)")
            expectClose(try actual.floats(name), try expected.floats(name), tolerance: outputTolerance, name)
        }
        let gradients = expected.names.filter { $0.hasPrefix("grad.") }
        #expect(gradients.count > 150 && gradients.allSatisfy { actual.contains($0) })
        for name in gradients {
            // A shift of all keys cancels in the softmax: the gradient of their bias is rounding noise around zero.
            if name.hasSuffix("key.bias") || name.hasSuffix("k_proj.bias") { continue }
            var (own, theirs) = (try actual.floats(name), try expected.floats(name))
            if name.hasSuffix("in_proj_bias") {
                (own, theirs) = (Array(own[..<32] + own[64...]), Array(theirs[..<32] + theirs[64...]))
            }
            expectClose(own, theirs, tolerance: gradientTolerance, name)
        }
    }

    /// Every tensor under the authors' names and back, and under those of transformers.
    @Test func whatIsWrittenIsReadBack() throws {
        let saved = network(seed: 4)
        for (convention, prefix) in [
            (WeightConvention.original, "backbone."), (.huggingFace, "model.pixel_level_module.encoder."),
            (.huggingFaceStages, "model.pixel_level_module.encoder."),
        ] {
            let path = folder.file("\(convention.rawValue).safetensors")
            try NetworkWeights.save(saved, to: path, as: WeightsFormat(convention, encoderPrefix: prefix))
            let loaded = network(seed: 5)
            let report = try NetworkWeights.load(try SafeTensorsFile(path), into: loaded)
            #expect(report.isComplete && report.unexpected.isEmpty && report.naming == convention.rawValue)
            #expect(values(loaded) == values(saved), "\(convention)")
        }
    }

    /// Our names of transformers' tensors are those in the file that it wrote, and no other.
    @Test func namesOfTransformersAreThoseThatItWrites() throws {
        let path = folder.file("own.safetensors")
        let format = try NetworkWeights.format(of: try SafeTensorsFile(fixture), for: network())
        try NetworkWeights.save(network(), to: path, as: format)
        func weights(_ path: String) throws -> Set<String> {
            Set(try SafeTensorsFile(path).names.filter { $0.hasPrefix("model.") || $0.hasPrefix("class_predictor.") })
        }
        // The norm behind the encoder's last stage has no use in a network of maps.
        let unused = try weights(fixture).filter { $0.hasSuffix("encoder.layernorm.weight") || $0.hasSuffix("encoder.layernorm.bias")
            || $0.hasSuffix("swin.layernorm.weight") || $0.hasSuffix("swin.layernorm.bias") }
        #expect(try weights(path) == weights(fixture).subtracting(unused))
    }

    /// The queries of COCO's 80 classes, or of any others, learn new ones from where they are.
    @Test func queriesOfOtherClassesGiveAllButTheirClasses() throws {
        let (drawn, loaded) = (network(seed: 8, things: [1, 2]), network(seed: 8, things: [1, 2]))
        let report = try NetworkWeights.loadTrained(try SafeTensorsFile(fixture), into: loaded)
        #expect(report.isComplete)
        #expect(report.otherClasses.map(\.name) == ["class_predictor.weight", "class_predictor.bias"])
        #expect(
            report.text.contains(
                "of other classes, drawn at random instead: 2 (class_predictor.weight with 5 rows for 3, "
                    + "class_predictor.bias with 5 rows for 3)"))
        let (new, old, file) = (values(loaded), values(drawn), try values(with: fixture))
        for (name, numbers) in new {
            let isOfClasses = name.hasPrefix("sem_seg_head.predictor.class_embed.")
            #expect(numbers == (isOfClasses ? old : file)[name], "\(name)")
        }
    }

    private func values(with path: String) throws -> [String: [Float]] {
        let network = network()
        try NetworkWeights.load(try SafeTensorsFile(path), into: network)
        return values(network)
    }

    /// To evaluate a network, its classes must be those of the file.
    @Test func aNetworkThatIsToBeUsedMustHaveTheClassesOfItsFile() throws {
        #expect {
            try NetworkWeights.load(try SafeTensorsFile(fixture), into: network(things: [1, 2]))
        } throws: { "\($0)".contains("tensor 'class_predictor.weight': has shape [5, 32], the network needs [3, 32]") }
    }

    /// The authors' first files call the queries otherwise.
    @Test func formerNamesAreUnderstood() throws {
        let (path, former) = (folder.file("now.safetensors"), folder.file("former.safetensors"))
        let saved = network(seed: 4)
        try NetworkWeights.save(saved, to: path, as: .network)
        let file = try SafeTensorsFile(path)
        let items = try file.entries.map { entry in
            let values = try file.floats(entry.name)
            return SafeTensorsItem(
                entry.name.replacing("predictor.query_feat", with: "predictor.static_query"), shape: entry.shape,
                floats: values)
        }
        try SafeTensorsWriter.write(former, items)
        let loaded = network(seed: 5)
        let report = try NetworkWeights.load(try SafeTensorsFile(former), into: loaded)
        #expect(report.isComplete && report.unexpected.isEmpty && values(loaded) == values(saved))
    }

    @Test func anEmptyNetworkTakesItsSizesFromAFile() throws {
        var decoder = Mask2Former.Config()
        decoder.width = 64
        decoder.queries = 9
        decoder.pixelDecoder.points = 3
        decoder.pixelDecoder.layers = 2
        decoder.pixelDecoder.hidden = 24
        decoder.transformer.layers = 5
        decoder.transformer.hidden = 16
        let saved = SegmentationNetwork(
            .init(encoder: MixTransformer.Config.b0, decoder: nil, classCount: 19, objects: (decoder, [11, 12, 13])),
            in: ModuleScope(seed: 2))
        let path = folder.file("b0.safetensors")
        try NetworkWeights.save(saved, to: path, as: .network)
        let file = try SafeTensorsFile(path)
        let model = try NetworkWeights.emptyModel(try #require(NetworkName("mask2former-mit-b0")), fitting: file)
        try NetworkWeights.load(file, into: model).requireComplete()
        let found = try #require((model as? SegmentationNetwork)?.objectDecoder as? Mask2Former)
        #expect(found.config == decoder && found.things.count == 3 && values(model) == values(saved))
    }

    /// 28 channels cannot be cut into 8 heads of equal size.
    @Test func aFileWhoseSizesFitNoDecoderIsNamed() throws {
        var decoder = Mask2Former.Config()
        (decoder.width, decoder.heads, decoder.groups) = (28, 7, 7)
        let saved = SegmentationNetwork(
            .init(encoder: MixTransformer.Config.b0, decoder: nil, classCount: 19, objects: (decoder, [11])),
            in: ModuleScope(seed: nil))
        let path = folder.file("odd.safetensors")
        try NetworkWeights.save(saved, to: path, as: .network)
        #expect {
            try NetworkWeights.emptyModel(
                try #require(NetworkName("mask2former-mit-b0")), fitting: try SafeTensorsFile(path))
        } throws: {
            "\($0)".contains(path) && "\($0)".contains("holds a Mask2Former of 28 channels")
        }
    }
}
