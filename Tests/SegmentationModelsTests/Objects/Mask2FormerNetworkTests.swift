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
        let unused = try weights(fixture).filter {
            $0.hasSuffix("encoder.layernorm.weight") || $0.hasSuffix("encoder.layernorm.bias")
                || $0.hasSuffix("swin.layernorm.weight") || $0.hasSuffix("swin.layernorm.bias")
        }
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
        let path = try write(encoderOf: (28, 7, 7, 4), tellsSizes: false)
        #expect {
            try NetworkWeights.emptyModel(
                try #require(NetworkName("mask2former-mit-b0")), fitting: try SafeTensorsFile(path))
        } throws: {
            "\($0)".contains(path) && "\($0)".contains("holds a Mask2Former of 28 channels")
                && "\($0)".contains("--sizes heads=4 groups=16")
        }
    }

    // MARK: - Heads and groups, which are in no tensor

    /// A network of `width`, `heads`, `groups` and `points`.
    private func write(encoderOf sizes: (Int, Int, Int, Int), tellsSizes: Bool) throws -> String {
        var decoder = Mask2Former.Config()
        (decoder.width, decoder.heads, decoder.groups, decoder.pixelDecoder.points) = sizes
        (decoder.pixelDecoder.layers, decoder.transformer.layers, decoder.queries) = (1, 1, 3)
        (decoder.pixelDecoder.hidden, decoder.transformer.hidden) = (8, 8)
        let saved = SegmentationNetwork(
            .init(encoder: MixTransformer.Config.b0, decoder: nil, classCount: 19, objects: (decoder, [11])),
            in: ModuleScope(seed: 3))
        let (told, untold) = (folder.file("told.safetensors"), folder.file("untold.safetensors"))
        try NetworkWeights.save(saved, to: told, as: .network)
        guard !tellsSizes else { return told }
        let file = try SafeTensorsFile(told)
        try SafeTensorsWriter.write(
            untold,
            try file.entries.map { entry in
                let floats = try file.floats(entry.name)
                return SafeTensorsItem(entry.name, shape: entry.shape, floats: floats)
            })
        return untold
    }

    private func opened(
        _ path: String, said: String = ""
    ) throws -> (config: Mask2Former.Config, assumed: String?) {
        let (file, said) = (try SafeTensorsFile(path), try #require(ToldSizes(text: said)))
        let model = try NetworkWeights.emptyModel(
            try #require(NetworkName("mask2former-mit-b0")), fitting: file, said: said)
        try NetworkWeights.load(file, into: model).requireComplete()
        let decoder = try #require((model as? SegmentationNetwork)?.objectDecoder as? Mask2Former)
        return (decoder.config, try NetworkWeights.assumptions(of: model, fitting: file, said: said))
    }

    /// 8 heads of a point have as many samples as 2 heads of 4.
    @Test(arguments: [(64, 2, 16, 4), (32, 4, 16, 2), (64, 8, 32, 1)])
    func theHeaderTellsHeadsAndGroups(width: Int, heads: Int, groups: Int, points: Int) throws {
        let (config, assumed) = try opened(try write(encoderOf: (width, heads, groups, points), tellsSizes: true))
        #expect(
            (config.width, config.heads, config.groups, config.pixelDecoder.points) == (width, heads, groups, points))
        #expect(assumed == nil)
    }

    @Test func withoutThemOtherSamplesThanThoseOfEightHeadsAreRefused() throws {
        let path = try write(encoderOf: (64, 2, 16, 4), tellsSizes: false)
        #expect { _ = try opened(path) } throws: {
            "\($0)".contains("24 sampled points on 3 maps, which does not fit 8 heads of 4 points and 32 groups")
        }
        let said = try opened(path, said: "heads=2 groups=16")
        #expect(said.config.heads == 2 && said.config.pixelDecoder.points == 4 && said.config.groups == 16)
        #expect(said.assumed == nil)
        #expect { _ = try opened(path, said: "heads=5 groups=16") } throws: { "\($0)".contains("does not fit 5 heads") }
        #expect { _ = try opened(path, said: "heads=2 groups=16 windows=3") } throws: {
            "\($0)".contains("is for a network without windows; it has groups, heads")
        }
    }

    @Test func whatIsAssumedIsSaid() throws {
        let path = try write(encoderOf: (64, 8, 32, 4), tellsSizes: false)
        let found = try opened(path)
        #expect(found.config.heads == 8 && found.config.groups == 32)
        #expect(
            found.assumed == "\(path): no tensor and no header tells groups=32 heads=8, which are taken as published")
    }

    @Test func theConfigurationOfTransformersTellsHeads() throws {
        let path = try write(encoderOf: (64, 2, 32, 4), tellsSizes: false)
        _ = folder.write(#"{"model_type": "mask2former", "num_attention_heads": 2}"#, to: "config.json")
        let found = try opened(path)
        #expect(found.config.heads == 2 && found.config.pixelDecoder.points == 4 && found.assumed == nil)
        #expect { _ = try opened(path, said: "heads=8") } throws: { "\($0)".contains("that heads is 2, not 8") }
    }

    /// Of others nothing is taken from there, whatever lies under such a name: a SegFormer has heads a stage.
    @Test func theConfigurationOfAnotherNetworkOfTransformersTellsNothing() throws {
        let path = try write(encoderOf: (64, 2, 32, 4), tellsSizes: true)
        _ = folder.write(#"{"model_type": "segformer", "num_attention_heads": [1, 2, 5, 8]}"#, to: "config.json")
        let found = try opened(path)
        #expect(found.config.heads == 2 && found.assumed == nil)
    }

    /// As many samples: nothing but the header tells that points would be read as those of other heads.
    @Test func aNetworkOfOtherHeadsThanItsFileIsTold() throws {
        let file = try SafeTensorsFile(try write(encoderOf: (64, 4, 32, 4), tellsSizes: true))
        let other = try NetworkWeights.emptyModel(
            try #require(NetworkName("mask2former-mit-b0")),
            fitting: try SafeTensorsFile(try write(encoderOf: (64, 8, 32, 2), tellsSizes: true)))
        #expect(try NetworkWeights.load(file, into: other).otherSizes == ["heads=4 for heads=8"])
    }
}
