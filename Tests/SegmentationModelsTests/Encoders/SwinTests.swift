import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct SwinTests {
    /// Counts of transformers' `SwinBackbone` without the norm of the classifier.
    @Test(arguments: [
        (Swin.Config.tiny, 27_520_698), (.small, 48_838_602), (.base, 86_880_376), (.large, 195_201_204),
    ])
    func hasThePublishedNumberOfParameters(config: Swin.Config, count: Int) {
        #expect(Swin(config, in: ModuleScope(seed: nil)).parameterCount == count)
    }

    @Test func namesTensorsAsTheRelease() {
        let names = Swin(.large, in: ModuleScope(seed: nil)).namedParameters.map(\.name)
        #expect(Set(names).count == names.count)
        for name in [
            "patch_embed.proj.bias", "patch_embed.norm.weight", "layers.2.blocks.17.attn.qkv.weight",
            "layers.0.blocks.1.attn.relative_position_bias_table", "layers.3.blocks.0.attn.proj.bias",
            "layers.1.blocks.0.norm2.bias", "layers.0.blocks.0.mlp.fc2.weight", "layers.2.downsample.norm.weight",
            "layers.2.downsample.reduction.weight", "norm0.weight", "norm3.bias",
        ] {
            #expect(names.contains(name), "\(name)")
        }
        #expect(!names.contains("layers.3.downsample.reduction.weight"))
    }

    /// Every stage of both is padded to whole windows, and maps are smaller than a window in some.
    @Test(arguments: [("swin_window7", TinySwin.window7), ("swin_window4", TinySwin.window4)])
    func equalsTransformersInOutputsAndGradients(name: String, config: Swin.Config) throws {
        let fixture = try TinyModels.fixture(name)
        let encoder = Swin(config, in: ModuleScope(seed: nil))
        let report = try NetworkWeights.load(fixture, into: encoder)
        #expect(report.isComplete && report.drawn == [])
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
        let format = try NetworkWeights.format(of: fixture, for: encoder)
        for (name, parameter) in encoder.namedParameters {
            let parts = try format.fileNames(of: name, in: encoder.weightParts).map { try fixture.tensor("grad.\($0)") }
            expectClose(
                try #require(parameter.gradient).values(), Tensor.concatenated(parts, axis: 0).values(),
                tolerance: gradientTolerance, name)
        }
    }

    @Test(arguments: [(1, 1), (33, 64), (31, 5)])
    func rowsAndColumnsShrinkUpwardsRounded(height: Int, width: Int) throws {
        let encoder = Swin(TinySwin.window4, in: ModuleScope(seed: 1))
        let maps = withoutGradients { encoder(Tensor.ones([1, height, width, 3]), in: .evaluation) }
        for stride in [4, 8, 16, 32] {
            let map = try #require(maps[stride: stride])
            #expect(map.shape[1] == (height + stride - 1) / stride && map.shape[2] == (width + stride - 1) / stride)
            #expect(map.values().allSatisfy { $0.isFinite })
        }
    }

    /// What an image gives depends on no other image of its batch, though their windows are one list.
    @Test func imagesOfABatchAreApart() {
        let encoder = Swin(TinySwin.window7, in: ModuleScope(seed: 1))
        let images = pseudoRandomTensor([3, 40, 72, 3], seed: 2)
        let together = withoutGradients { encoder(images, in: .evaluation).deepest.values() }
        let alone = (0..<3).flatMap { image in
            withoutGradients { encoder(images.sliced(image..<image + 1, axis: 0), in: .evaluation).deepest.values() }
        }
        expectClose(together, alone, tolerance: outputTolerance)
    }

    @Test func bothBranchesOfABlockAreDroppedForEachImage() {
        var config = TinySwin.window4
        config.dropPathRate = 0.9
        let encoder = Swin(config, in: ModuleScope(seed: 1))
        let images = pseudoRandomTensor([2, 32, 32, 3], seed: 5)
        func last(_ images: Tensor, slots: [Int], pass: String = "source") -> [Float] {
            let noise = NoiseSource(seed: 1, step: 0, pass: pass, slots: slots)
            let context = ForwardContext(batchStatistics: .batch(reduce: nil), noise: noise)
            return withoutGradients { encoder(images, in: context).deepest.values() }
        }
        let both = last(images, slots: [4, 5])
        expectClose(last(images.sliced(1..<2, axis: 0), slots: [5]), Array(both.suffix(both.count / 2)))
        #expect(last(images, slots: [6, 7]) != both)
        #expect(last(images, slots: [4, 5], pass: "mixed") != both)
    }

    @Test func normsHaveTheDecayOfNormsAndTablesNone() throws {
        let encoder = Swin(TinySwin.window4, in: ModuleScope(seed: nil))
        let groups = encoder.parameterGroups
        let names = encoder.namedParameters.map(\.name)
        let indices = try groups.indices(of: names)
        for (name, index) in zip(names, indices) {
            let decay: WeightDecayRole = name.hasSuffix("relative_position_bias_table") ? .none
                : name.contains("norm") ? .encoderNorms : .weights
            #expect(groups[index].weightDecay == decay && groups[index].learningRate == .encoder, "\(name)")
        }
    }

    @Test(arguments: [Recomputation.attention, .block]) func recomputingChangesNoBit(recomputation: Recomputation) {
        func trained(_ recomputation: Recomputation) -> [[Float]] {
            var config = TinySwin.window4
            config.dropPathRate = 0.5
            let encoder = Swin(config, in: ModuleScope(seed: 1))
            let noise = NoiseSource(seed: 1, step: 3, pass: "source", slots: [0, 1])
            var context = ForwardContext(batchStatistics: .batch(reduce: nil), noise: noise)
            context.recomputation = recomputation
            let maps = encoder(pseudoRandomTensor([2, 40, 36, 3], seed: 2), in: context).maps
            runBackward(from: maps.map { ($0, pseudoRandomTensor($0.shape, seed: 3)) })
            return maps.map { $0.values() } + encoder.namedParameters.map { $0.parameter.gradient?.values() ?? [] }
        }
        let kept = trained(.none)
        #expect(kept.allSatisfy { !$0.isEmpty })
        #expect(trained(recomputation) == kept)
    }
}

/// Sizes of the fixtures.
enum TinySwin {
    static let window7 = config(depths: [2, 2, 1, 2], heads: [1, 2, 2, 4], window: 7)
    static let window4 = config(depths: [2, 1, 3, 2], heads: [2, 1, 4, 2], window: 4)
    /// Of the files in `swin_names`.
    static let names = config(width: 2, depths: [2, 1, 1, 1], heads: [1, 1, 1, 1], window: 3)

    private static func config(width: Int = 4, depths: [Int], heads: [Int], window: Int) -> Swin.Config {
        Swin.Config(width: width, depths: depths, heads: heads, window: window)
    }
}
