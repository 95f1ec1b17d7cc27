import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// HRDA against the values of `make_hrda_fixtures.py`.
@Suite struct MultiResolutionTests {
    private let fixture: SafeTensorsFile
    private let window = DetailWindow(top: 16, left: 24, height: 48, width: 64)

    init() throws { fixture = try TinyModels.fixture("hrda_tiny") }

    typealias Kind = MultiResolutionConfig.Attention

    /// The network of the fixture; with attention of a single channel that of its first class.
    private func network(_ kind: Kind = .classWise, overlaps: Bool = true) throws -> SegmentationNetwork {
        let network = TinyModels.multiResolutionNetwork(seed: nil, kind, overlaps: overlaps)
        let report = try NetworkWeights.load(fixture, into: network, onMismatch: .skip)
        #expect(report.missing.isEmpty)
        #expect(report.wrongShape.count == (kind == .singleChannel ? 2 : 0))
        for (name, parameter) in network.namedParameters where report.wrongShape.contains(where: { $0.name == name }) {
            parameter.assign(try fixture.tensor(name).sliced(0..<1, axis: 0))
        }
        return network
    }

    private func expectEqual(_ actual: Tensor, _ name: String, tolerance: Float = outputTolerance) throws {
        let expected = try fixture.tensor(name)
        #expect(actual.shape == expected.shape, "\(name)")
        expectClose(actual.values(), expected.values(), tolerance: tolerance, name)
    }

    @Test(arguments: Kind.allCases) func inferenceEqualsPyTorchWithRunningStatistics(kind: Kind) throws {
        let output = try withoutGradients { try network(kind)(fixture.tensor("pixels"), in: .evaluation) }
        try expectEqual(output.logits, "evaluation.\(kind.rawValue)")
        #expect(output.detail == nil)
    }

    @Test func inferenceEqualsPyTorchWithWindowsSideBySide() throws {
        let logits = try network(overlaps: false)(fixture.tensor("pixels"), in: .evaluation).logits
        try expectEqual(logits, "evaluation.side-by-side")
    }

    /// The teacher's pass: all windows of all images are one batch of the batch norms.
    @Test(arguments: Kind.allCases) func inferenceEqualsPyTorchWithBatchStatistics(kind: Kind) throws {
        let network = try network(kind)
        let pixels = try fixture.tensor("pixels")
        let logits = withoutGradients { network(pixels, in: .batchStatisticsOnly).logits }
        try expectEqual(logits, "statistics.\(kind.rawValue)", tolerance: batchTolerance)
    }

    @Test(arguments: Kind.allCases) func trainingPassEqualsPyTorch(kind: Kind) throws {
        let output = try network(kind)(fixture.tensor("pixels"), detail: window, in: .batchStatisticsOnly)
        try expectEqual(output.logits, "training.\(kind.rawValue)", tolerance: batchTolerance)
        let detail = try #require(output.detail)
        try expectEqual(detail.logits, "training.detail", tolerance: batchTolerance)
        #expect(detail.window == window)
    }

    @Test func gradientsAndRunningStatisticsOfATrainingPassEqualPyTorch() throws {
        let network = try network()
        let pixels = try fixture.tensor("pixels").trackingGradient()
        let output = network(pixels, detail: window, in: .batchStatisticsOnly)
        let loss = try loss(output)
        try expectEqual(loss.reshaped([1]), "training.loss")
        loss.backward()
        try expectEqual(try #require(pixels.gradient), "grad.pixels", tolerance: gradientTolerance)
        var compared = 0
        for (name, parameter) in network.namedParameters {
            let names = WeightsFormat(.huggingFace).fileNames(of: name, in: network.weightParts)
            guard names.count == 1, fixture.contains("grad.\(names[0])") else { continue }
            let gradient = try #require(parameter.gradient)
            compared += 1
            // Batch statistics take a shift of a whole channel out again: the gradient is rounding noise around zero.
            if name.contains("scale_attention.embed_layers"), name.hasSuffix("bias") {
                #expect(gradient.values().allSatisfy { abs($0) < 1e-8 }, "\(name)")
            } else {
                try expectEqual(gradient, "grad.\(names[0])", tolerance: gradientTolerance)
            }
        }
        #expect(compared == 16 + network.namedParameters.count { $0.name.hasPrefix("decode_head.") })
        // These tell the order in which the head saw context and detail.
        for (name, buffer) in network.namedBuffers {
            try expectEqual(buffer, "after.\(name)", tolerance: batchTolerance)
        }
    }

    /// `0.9 * fused + 0.1 * detail`, the cross-entropy of each over its own pixels.
    private func loss(_ output: SegmentationNetwork.Output) throws -> Tensor {
        let (labels, weights) = (try maps("labels"), try maps("weights"))
        let detail = try #require(output.detail)
        func term(_ logits: Tensor, _ labels: Tensor, _ weights: Tensor) -> Tensor {
            let shape = Array(labels.shape.dropLast())
            let targets = IndexTensor(labels.values().map { Int32($0) }, shape: shape)
            return logits.upsampledCrossEntropy(labels: targets, weights: weights.reshaped(shape)) / Float(labels.count)
        }
        func part(_ map: Tensor) -> Tensor {
            map.cropped(top: window.top, left: window.left, height: window.height, width: window.width)
        }
        return term(output.logits, labels, weights) * 0.9 + term(detail.logits, part(labels), part(weights)) * 0.1
    }

    /// `[B, H, W] -> [B, H, W, 1]`
    private func maps(_ name: String) throws -> Tensor { try fixture.tensor(name).reshaped([2, 80, 112, 1]) }

    /// Features are those of the context, which the networks of feature distances must see as well.
    @Test func featuresAreThoseOfTheFeatureImages() throws {
        let network = try network()
        let pixels = try fixture.tensor("pixels")
        let alone = network.features(pixels, in: .evaluation)
        let inference = network(pixels, in: .evaluation)
        let training = network(pixels, detail: window, in: .evaluation)
        #expect(training.featureImages.shape == [2, 40, 56, 3])
        #expect(inference.featureImages.values() == training.featureImages.values())
        #expect(alone.maps.map { $0.values() } == inference.features.maps.map { $0.values() })
        #expect(alone.maps.map { $0.values() } == training.features.maps.map { $0.values() })
        // Halving an even size is the mean of 2 x 2 pixels.
        let halved = pixels.averagePooled(kernelSize: 2, stride: 2)
        expectClose(training.featureImages.values(), halved.values(), tolerance: 1e-6)
    }
}

/// Batch statistics of few pixels in small windows amplify the rounding of what comes before them.
private let batchTolerance: Float = 3e-5
