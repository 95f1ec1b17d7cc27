import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Against transformers' decoders.
@Suite struct Mask2FormerValueTests {
    private let tiny: TinyMask2Former

    init() throws { tiny = try TinyMask2Former() }

    @Test func everyPredictionAndEveryGradientEqualsThatOfTransformers() throws {
        let (decoder, pyramid) = (try tiny.decoder(), try tiny.pyramid())
        let outputs = decoder.outputs(pyramid, boxes: nil, in: .evaluation)
        let names = outputs.map(\.name)
        #expect(names.prefix(3) == ["class_logits", "mask_logits", "mask_features"])
        #expect(
            Set(names) == Set(tiny.fixture.names.filter { $0.hasPrefix("upstream.") }.map { String($0.dropFirst(9)) }))
        var roots: [(output: Tensor, upstream: Tensor)] = []
        for (name, value) in outputs.map({ ($0.name, $0.value) }) {
            expectClose(value.values(), try tiny.fixture.tensor(name).values(), tolerance: outputTolerance, name)
            roots.append((value, try tiny.fixture.tensor("upstream.\(name)")))
        }
        runBackward(from: roots)
        for (level, map) in pyramid.maps.enumerated() { try expectGradient(map.gradient, "map\(level)") }
        for (name, parameter) in decoder.namedParameters { try expectGradient(parameter.gradient, name) }
    }

    private func expectGradient(_ gradient: Tensor?, _ name: String) throws {
        var (actual, expected) = (
            try #require(gradient, "\(name) has no gradient").values(), try tiny.fixture.tensor("grad.\(name)").values()
        )
        if name.hasSuffix("in_proj_bias") {
            // A shift of all keys cancels in the softmax: the gradient of their bias is rounding noise around zero.
            let width = actual.count / 3
            (actual, expected) = (
                Array(actual[..<width] + actual[(2 * width)...]), Array(expected[..<width] + expected[(2 * width)...])
            )
        }
        expectClose(actual, expected, tolerance: gradientTolerance, name)
    }

    /// What a pass keeps and what it computes again does not change a bit.
    @Test func recomputingGivesTheSameBits() throws {
        func gradients(_ recomputation: Recomputation) throws -> [[Float]] {
            let (decoder, pyramid) = (try tiny.decoder(), try tiny.pyramid())
            var context = ForwardContext.evaluation
            context.recomputation = recomputation
            let outputs = decoder.outputs(pyramid, boxes: nil, in: context)
            runBackward(from: try outputs.map { ($0.value, try tiny.fixture.tensor("upstream.\($0.name)")) })
            return decoder.namedParameters.compactMap { $0.parameter.gradient?.values() }
                + pyramid.maps.compactMap { $0.gradient?.values() }
        }
        #expect(try gradients(.block) == gradients(.none))
    }
}

@Suite struct Mask2FormerTests {
    private func published(queries: Int, classes: Int, _ layout: FeaturePyramid.Layout) -> Mask2Former {
        var config = Mask2Former.Config()
        config.queries = queries
        return Mask2Former(
            config, layout, things: (0..<classes).map { UInt8($0) }, classCount: classes, in: ModuleScope(seed: nil))
    }

    /// Mask2Former on Swin-T and Swin-L for the 80 classes of COCO: 47 and 216 million with the encoder's.
    @Test(arguments: [([96, 192, 384, 768], 100, 19_900_945), ([192, 384, 768, 1536], 200, 20_320_785)])
    func hasThePublishedNumberOfParameters(channels: [Int], queries: Int, count: Int) {
        let decoder = published(queries: queries, classes: 80, FeaturePyramid.Layout(channels: channels))
        #expect(decoder.parameterCount == count)
    }

    @Test func normsAndEmbeddingsDoNotDecayAndAllElseDoes() throws {
        let decoder = TinyMask2Former.decoder()
        let names = decoder.namedParameters.map(\.name)
        let groups = decoder.parameterGroups
        _ = try groups.indices(of: names)
        #expect(groups.allSatisfy { $0.learningRate == .head })
        func decays(_ name: String) -> Bool? {
            groups.first { $0.parameters.contains(name) }.map { $0.weightDecay == .weights }
        }
        for name in names {
            let words = name.split(separator: ".")
            let isNorm =
                words.contains { $0.contains("norm") } || name.contains("input_proj.0.1")
                || name.contains("input_proj.1.1") || name.contains("input_proj.2.1")
            let isTable = ["query_feat", "query_embed", "level_embed"].contains {
                name.hasSuffix("predictor.\($0).weight")
            }
            #expect(decays(name) == !(isNorm || isTable), "\(name)")
        }
        // A plain tensor of the authors, no embedding.
        #expect(decays("sem_seg_head.pixel_decoder.transformer.level_embed") == true)
        #expect(decays("sem_seg_head.predictor.class_embed.bias") == true)
    }

    /// Every head looks along a ray of its own; what is drawn follows the authors' rules.
    @Test func beginsWithTheAuthorsFirstWeights() throws {
        var config = Mask2Former.Config()
        config.pixelDecoder.layers = 1
        config.transformer.layers = 1
        let decoder = TinyMask2Former.decoder(config, seed: 3)
        func values(_ name: String) throws -> [Float] {
            let found = decoder.namedParameters.first { $0.name == "sem_seg_head.\(name)" }
            return try #require(found, "\(name)").parameter.value.values()
        }
        let attention = "pixel_decoder.transformer.encoder.layers.0.self_attn"
        let offsets = try values("\(attention).sampling_offsets.bias")
        let rays: [(Float, Float)] = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
        for (head, ray) in rays.enumerated() {
            for level in 0..<3 {
                for point in 0..<4 {
                    let place = ((head * 3 + level) * 4 + point) * 2
                    let expected = [ray.0 * Float(point + 1), ray.1 * Float(point + 1)]
                    expectClose(
                        Array(offsets[place..<place + 2]), expected, tolerance: 1e-6, "\(head) \(level) \(point)")
                }
            }
        }
        for name in [
            "sampling_offsets.weight", "attention_weights.weight", "attention_weights.bias", "value_proj.bias",
        ] {
            #expect(try values("\(attention).\(name)").allSatisfy { $0 == 0 }, "\(name)")
        }
        func expect(_ name: String, bound: Float) throws {
            let largest = try values(name).map(abs).max() ?? 0
            #expect(largest <= bound && largest > 0.98 * bound, "\(name): \(largest), \(bound)")
        }
        try expect("\(attention).value_proj.weight", bound: (6 / Float(512)).squareRoot())
        try expect(
            "predictor.transformer_self_attention_layers.0.self_attn.in_proj_weight",
            bound: (6 / Float(1024)).squareRoot())
        try expect("predictor.transformer_ffn_layers.0.linear1.weight", bound: (6 / Float(256 + 2048)).squareRoot())
        try expect("pixel_decoder.mask_features.weight", bound: (3 / Float(256)).squareRoot())
        try expect("pixel_decoder.layer_1.weight", bound: (3 / Float(9 * 256)).squareRoot())
        try expect("predictor.class_embed.weight", bound: 1.0 / 16)
        let table = try values("predictor.query_feat.weight")
        let square: Float = table.reduce(0) { $0 + $1 * $1 } / Float(table.count)
        #expect(abs(square - 1) < 0.05)
    }

    /// A class for every label with `classes: all`, one for every class of objects without.
    @Test func theClassesOfQueriesAreThoseOfTheSetting() {
        var config = TinyMask2Former.config
        func logits() -> Int {
            let decoder = TinyMask2Former.decoder(config, seed: 1)
            let maps = zip([(4, 4), (2, 2), (1, 1), (1, 1)], TinyMask2Former.layout.channels).enumerated().map {
                pseudoRandomTensor([1, $1.0.0, $1.0.1, $1.1], seed: UInt64($0))
            }
            return decoder.outputs(FeaturePyramid(TinyMask2Former.layout, maps: maps), boxes: nil, in: .evaluation)[0]
                .value.shape[2]
        }
        #expect(logits() == 4)
        config.classes = .all
        #expect(logits() == 20)
    }
}
