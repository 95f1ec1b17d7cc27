import Configuration
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// The networks of `Tests/Fixtures/models`, and its values.
enum TinyModels {
    /// Sizes of `mit_tiny.safetensors`.
    static var encoderConfig: MixTransformer.Config {
        MixTransformer.Config(channels: [8, 16, 24, 32], depths: [1, 1, 2, 1], heads: [1, 2, 3, 4])
    }

    /// Sizes of `daformer_tiny.safetensors`.
    static var headConfig: DAFormerHead.Config {
        var config = DAFormerHead.Config()
        config.embedding = 6
        config.width = 10
        return config
    }

    static let classCount = 5

    /// What the encoder delivers.
    static var layout: FeaturePyramid.Layout { encoderConfig.layout }

    static var networkConfig: SegmentationNetwork.Config {
        SegmentationNetwork.Config(encoder: encoderConfig, decoder: headConfig, classCount: classCount)
    }

    /// A whole network of these sizes.
    static func network(seed: UInt64?, loadsEncoder: Bool = false) -> SegmentationNetwork {
        SegmentationNetwork(networkConfig, in: ModuleScope(seed: seed), loadsEncoder: loadsEncoder)
    }

    /// The same at two resolutions; windows of the sizes of `hrda_tiny.safetensors`, or squares; `share` is that of
    /// detail where attention is fixed.
    static func multiResolutionConfig(
        _ attention: MultiResolutionConfig.Attention = .classWise, share: Float = 0.3, overlaps: Bool = true,
        detail: Int? = nil
    ) -> SegmentationNetwork.Config {
        var config = networkConfig
        var resolutions = MultiResolutionConfig()
        resolutions.detail = .init(height: detail ?? 48, width: detail ?? 64)
        resolutions.attention = attention
        resolutions.fixedAttention = share
        resolutions.overlap = overlaps
        config.multiResolution = resolutions
        return config
    }

    static func multiResolutionNetwork(
        seed: UInt64?, _ attention: MultiResolutionConfig.Attention = .classWise, share: Float = 0.3,
        overlaps: Bool = true, detail: Int? = nil
    ) -> SegmentationNetwork {
        SegmentationNetwork(
            multiResolutionConfig(attention, share: share, overlaps: overlaps, detail: detail),
            in: ModuleScope(seed: seed))
    }

    /// Sizes of what finds objects in `panoptic_tiny.safetensors`.
    static var objectConfig: MaskRCNN.Config {
        var config = MaskRCNN.Config()
        config.width = 8
        config.boxes.hidden = 12
        config.masks.width = 6
        config.masks.convolutions = 2
        return config
    }

    /// The network of `panoptic_tiny.safetensors`.
    static func panoptic(seed: UInt64?, things: [UInt8] = [2, 3, 4]) -> SegmentationNetwork {
        var config = networkConfig
        config.objects = (objectConfig, things)
        return SegmentationNetwork(config, in: ModuleScope(seed: seed))
    }

    /// The same without class scores.
    static func objectsAlone(seed: UInt64?, things: [UInt8] = [2, 3, 4]) -> SegmentationNetwork {
        var config = networkConfig
        config.decoder = nil
        config.objects = (objectConfig, things)
        return SegmentationNetwork(config, in: ModuleScope(seed: seed))
    }

    static func encoder(seed: UInt64? = nil) -> MixTransformer {
        MixTransformer(encoderConfig, in: ModuleScope(seed: seed))
    }

    static func fixture(_ name: String) throws -> SafeTensorsFile {
        try SafeTensorsFile(Fixture.path("models/\(name).safetensors"))
    }
}

extension SegmentationNetwork {
    /// The decoder of classes of a network that has one.
    var classHead: any Decoder {
        guard let head else { preconditionFailure("TinyModels: the network has no decoder of classes") }
        return head
    }
}

extension SafeTensorsFile {
    /// A tensor in our axis order.
    func tensor(_ name: String) throws -> Tensor {
        FrameworkLayout.tensor(toOurs: Tensor(try floats(name), shape: try entry(name).shape))
    }
}

/// Single-precision sums in another order than the other framework's: outputs of a few layers agree to 1e-5 of the
/// largest, gradients, which pass through everything twice, to 1e-4.
let outputTolerance: Float = 1e-5
let gradientTolerance: Float = 1e-4
