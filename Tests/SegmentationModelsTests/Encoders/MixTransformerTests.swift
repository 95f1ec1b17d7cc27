import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport
import WeightFiles

@Suite struct MixTransformerTests {
    /// Counts of the encoders in the SegFormer release without the classifier.
    @Test(arguments: [
        (MixTransformer.Config.b0, 3_319_392), (.b1, 13_151_424), (.b2, 24_196_288), (.b3, 44_072_128),
        (.b4, 60_842_688), (.b5, 81_443_008),
    ])
    func hasThePublishedNumberOfParameters(config: MixTransformer.Config, count: Int) {
        #expect(MixTransformer(config, in: ModuleScope(seed: nil)).parameterCount == count)
    }

    @Test func namesTensorsAsTheRelease() {
        let names = MixTransformer(.b5, in: ModuleScope(seed: nil)).namedParameters.map(\.name)
        #expect(names.count == 1052)
        #expect(Set(names).count == 1052)
        for name in [
            "patch_embed1.proj.weight", "patch_embed4.norm.bias", "block3.39.attn.kv.bias", "block1.0.attn.sr.weight",
            "block2.5.attn.norm.weight", "block4.2.mlp.dwconv.dwconv.weight", "norm4.weight",
        ] {
            #expect(names.contains(name))
        }
        #expect(!names.contains("block4.0.attn.sr.weight"))
    }

    @Test func equalsHuggingFaceInOutputsAndGradients() throws {
        let fixture = try TinyModels.fixture("mit_tiny")
        let encoder = TinyModels.encoder()
        let report = try NetworkWeights.load(fixture, into: encoder)
        #expect(report.isComplete)
        let pixels = try fixture.tensor("pixels").trackingGradient()
        let stages = encoder(pixels, in: .evaluation).maps
        for (index, stage) in stages.enumerated() {
            let expected = try fixture.tensor("stage\(index + 1)")
            #expect(stage.shape == expected.shape)
            expectClose(stage.values(), expected.values(), tolerance: outputTolerance, "stage\(index + 1)")
        }
        runBackward(from: try stages.enumerated().map { ($1, try fixture.tensor("upstream.stage\($0 + 1)")) })
        expectClose(
            try #require(pixels.gradient).values(), try fixture.tensor("grad.pixels").values(),
            tolerance: gradientTolerance, "pixels")
        for (name, parameter) in encoder.namedParameters {
            let parts = try NetworkWeights.format(of: fixture, for: encoder).fileNames(
                of: name, in: encoder.weightParts
            )
                .map { try fixture.tensor("grad.\($0)") }
            expectClose(
                try #require(parameter.gradient).values(), Tensor.concatenated(parts, axis: 0).values(),
                tolerance: gradientTolerance, name)
        }
    }

    @Test(arguments: [(1, 1), (33, 64), (31, 5)])
    func rowsAndColumnsShrinkUpwardsRounded(height: Int, width: Int) throws {
        // Maps smaller than the reduction cannot be reduced; a reduction of 1 takes any size.
        var config = TinyModels.encoderConfig
        config.reductions = [1, 1, 1, 1]
        let encoder = MixTransformer(config, in: ModuleScope(seed: 1))
        let maps = withoutGradients { encoder(Tensor.ones([1, height, width, 3]), in: .evaluation) }
                for stride in [4, 8, 16, 32] {
            let map = try #require(maps[stride: stride])
            #expect(map.shape[1] == (height + stride - 1) / stride && map.shape[2] == (width + stride - 1) / stride)
            #expect(map.values().allSatisfy { $0.isFinite })
        }
    }

    @Test func stochasticDepthDrawsForEachImage() {
        var config = TinyModels.encoderConfig
        config.dropPathRate = 0.9
        let encoder = MixTransformer(config, in: ModuleScope(seed: 1))
        let images = pseudoRandomTensor([2, 32, 32, 3], seed: 5)
        func last(_ images: Tensor, slots: [Int]) -> [Float] {
            let noise = NoiseSource(seed: 1, step: 0, pass: "source", slots: slots)
            let context = ForwardContext(batchStatistics: .batch(reduce: nil), noise: noise)
            return withoutGradients { encoder(images, in: context).deepest.values() }
        }
        let both = last(images, slots: [4, 5])
        expectClose(last(images.sliced(1..<2, axis: 0), slots: [5]), Array(both.suffix(both.count / 2)))
        #expect(last(images, slots: [6, 7]) != both)
    }
}
