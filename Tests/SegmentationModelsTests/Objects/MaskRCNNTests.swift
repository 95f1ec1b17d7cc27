import Configuration
import Detection
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct MaskRCNNTests {
    /// Of the weights below each of the network's children, and of the network without them.
    private func counts(_ network: SegmentationNetwork) -> [String: Int] {
        network.namedParameters.reduce(into: [:]) { counts, entry in
            let words = entry.name.split(separator: ".")
            let part = words[0] == "roi_head" ? words[1] : words[0]
            counts[String(part), default: 0] += entry.parameter.count
        }
    }

    private func system(_ name: String, _ encoder: MixTransformer.Config) throws -> SegmentationNetwork {
        let system = try #require(NetworkSystem.named(name))
        return SegmentationNetwork(
            .init(
                encoder: encoder, decoder: system.decoder?.config, classCount: 19,
                objects: (system.objects.config, Array(11...18))), in: ModuleScope(seed: nil))
    }

    /// Counted from the layers of mmdetection's configuration; the whole is 104.9 and 125.9 million.
    @Test(arguments: [("edaps", 3_712_275, 104_935_187), ("lidaps", 24_698_643, 125_921_555)])
    func hasThePublishedNumberOfParameters(name: String, head: Int, all: Int) throws {
        let network = try system(name, .b5)
        let counts = counts(network)
        #expect(counts["backbone"] == 81_443_008 && counts["decode_head"] == head)
        #expect(counts["neck"] == 2_623_488 && counts["rpn_head"] == 593_935)
        #expect(counts["bbox_head"] == 13_937_705 && counts["mask_head"] == 2_624_776)
        #expect(network.parameterCount == all)
    }

    /// Everything beside the encoder learns as a head, and decays.
    @Test func allOfItIsTrainedAsAHead() throws {
        let network = TinyModels.panoptic(seed: nil)
        let groups = network.parameterGroups
        _ = try groups.indices(of: network.namedParameters.map(\.name))
        for name in network.namedParameters.map(\.name) where !name.hasPrefix("backbone.") {
            let group = try #require(groups.first { $0.parameters.contains(name) })
            #expect(group.learningRate == .head && group.weightDecay == .weights, "\(name)")
        }
    }

    /// The deviations of first weights: those of mmdetection's layers.
    @Test func beginsWithThePublishedFirstWeights() {
        let decoder = MaskRCNN(
            MaskRCNN.Config(), FeaturePyramid.Layout(channels: [32, 64, 160, 256]), things: Array(0..<8),
            in: ModuleScope(seed: 3))
        func expect(_ name: String, deviation: Float, bound: Float? = nil) {
            guard let weight = decoder.namedParameters.first(where: { $0.name == "\(name).weight" }),
                let bias = decoder.namedParameters.first(where: { $0.name == "\(name).bias" })
            else {
                Issue.record("no \(name)")
                return
            }
            let values = weight.parameter.value.values()
            let squares = values.reduce(Float(0)) { $0 + $1 * $1 } / Float(values.count)
            #expect(abs(squares.squareRoot() / deviation - 1) < 0.05, "\(name): \(squares.squareRoot())")
            if let bound { #expect((values.map(abs).max() ?? 0) <= bound, "\(name)") }
            #expect(bias.parameter.value.values().allSatisfy { $0 == 0 }, "\(name)")
        }
        func xavier(_ fanIn: Int, _ fanOut: Int) -> (deviation: Float, bound: Float) {
            let variance = 2 / Float(fanIn + fanOut)
            return (variance.squareRoot(), (3 * variance).squareRoot())
        }
        let (lateral, output, hidden) = (xavier(160, 256), xavier(9 * 256, 9 * 256), xavier(12_544, 1024))
        expect("neck.lateral_convs.2.conv", deviation: lateral.deviation, bound: lateral.bound)
        expect("neck.fpn_convs.0.conv", deviation: output.deviation, bound: output.bound)
        for name in ["rpn_conv", "rpn_reg"] { expect("rpn_head.\(name)", deviation: 0.01) }
        expect("roi_head.bbox_head.shared_fcs.0", deviation: hidden.deviation, bound: hidden.bound)
        expect("roi_head.bbox_head.fc_cls", deviation: 0.01)
        expect("roi_head.bbox_head.fc_reg", deviation: 0.001)
        expect("roi_head.mask_head.convs.3.conv", deviation: (2 / Float(9 * 256)).squareRoot())
        expect("roi_head.mask_head.upsample", deviation: (2 / Float(4 * 256)).squareRoot())
        expect("roi_head.mask_head.conv_logits", deviation: (2 / Float(8)).squareRoot())
    }

    @Test func theLastLevelIsEverySecondCellOfTheDeepest() {
        let inputs = FeaturePyramid.Layout(strides: [4, 8], channels: [2, 3])
        let outputs = MaskRCNN(
            TinyModels.objectConfig, inputs, things: [1], in: ModuleScope(seed: 1)
        ).outputs(
            FeaturePyramid(
                inputs, maps: [pseudoRandomTensor([1, 5, 7, 2], seed: 1), pseudoRandomTensor([1, 3, 4, 3], seed: 2)]),
            boxes: nil, in: .evaluation)
        #expect(outputs.map(\.name).prefix(3) == ["fpn1", "fpn2", "fpn3"])
        let (deepest, last) = (outputs[1].value, outputs[2].value)
        #expect(last.shape == [1, 2, 2, 8])
        var cells: [Float] = []
        for (row, column) in [(0, 0), (0, 2), (2, 0), (2, 2)] {
            let start = (row * 4 + column) * 8
            cells += deepest.values(start..<start + 8)
        }
        #expect(last.values() == cells)
    }
}

/// Against the same network on plain PyTorch layers.
@Suite struct MaskRCNNValueTests {
    private let folder = TemporaryFolder()
    private let fixture = Fixture.path("models/panoptic_tiny.safetensors")

    private func run(_ mode: ForwardRun.Mode, gradients: Bool) throws -> (
        expected: SafeTensorsFile, actual: SafeTensorsFile
    ) {
        let output = folder.file("out.safetensors")
        // The fixture is weights and input in one file.
        try ForwardRun(mode: mode, wantsGradients: gradients)
            .run(TinyModels.panoptic(seed: nil), weights: fixture, input: fixture, output: output)
        return (try SafeTensorsFile(fixture), try SafeTensorsFile(output))
    }

    private func expectOutputs(_ prefix: String, _ files: (expected: SafeTensorsFile, actual: SafeTensorsFile)) throws {
        let names = files.expected.names.filter { $0.hasPrefix(prefix) }
        #expect(names.count == 1 + 5 + 5 + 5 + 3)
        for name in names {
            let own = String(name.dropFirst(prefix.utf8.count))
            #expect(try files.actual.entry(own).shape == files.expected.entry(name).shape, "\(own)")
            expectClose(
                try files.actual.floats(own), try files.expected.floats(name), tolerance: outputTolerance, own)
        }
    }

    @Test func equalsPyTorchWithRunningStatistics() throws {
        try expectOutputs("eval.", run(.evaluation, gradients: false))
    }

    @Test func equalsPyTorchWithBatchStatisticsInOutputsAndGradients() throws {
        let files = try run(.training, gradients: true)
        try expectOutputs("train.", files)
        let gradients = files.expected.names.filter { $0.hasPrefix("grad.") }
        #expect(Set(gradients) == Set(files.actual.names.filter { $0.hasPrefix("grad.") }))
        for name in gradients {
            var (actual, expected) = (try files.actual.floats(name), try files.expected.floats(name))
            if name.hasSuffix("attn.kv.bias") {
                // A shift of all keys cancels in the softmax: the gradient of their bias is rounding noise around zero.
                (actual, expected) = (
                    Array(actual.suffix(actual.count / 2)), Array(expected.suffix(expected.count / 2))
                )
            }
            expectClose(actual, expected, tolerance: gradientTolerance, name)
        }
    }

    /// With the names and axes of the checkpoint, the rows of maps that lie flat among them.
    @Test func whatIsWrittenIsTheFileThatWasRead() throws {
        let network = TinyModels.panoptic(seed: 9)
        let file = try SafeTensorsFile(fixture)
        #expect(try NetworkWeights.load(file, into: network).isComplete)
        let path = folder.file("w.safetensors")
        try NetworkWeights.save(network, to: path, as: .network)
        let written = try SafeTensorsFile(path)
        #expect(
            written.contains("roi_head.bbox_head.shared_fcs.0.weight") && written.contains("neck.fpn_convs.3.conv.bias")
        )
        for name in written.names {
            #expect(try written.entry(name).shape == file.entry(name).shape, "\(name)")
            #expect(try written.floats(name) == file.floats(name), "\(name)")
        }
    }
}
