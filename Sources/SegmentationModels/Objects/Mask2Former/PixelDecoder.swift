import NN
import TensorEngine

/// What the pixel decoder makes of an encoder's maps.
struct DecodedPixels {
    /// `[B, h, w, C]` of each level, deepest first.
    let levels: [Tensor]
    /// `[B, h, w, C]` at the finest stride, of which masks are inner products.
    let maskFeatures: Tensor
}

/// Refines an encoder's maps (Mask2Former, section 3.2; Zhu et al., arXiv:2010.04159): the deeper ones attend to each
/// other at points of their own choice, the finest is added to what that gives.
///
/// Levels are counted from the deepest, as the authors do.
final class PixelDecoder: Module {
    private let projections: [(convolution: Conv2d, norm: GroupNorm)]
    private let encoder: DeformableEncoder
    private let lateral: NormalizedConvolution
    private let output: NormalizedConvolution
    private let maskFeatures: Conv2d

    init(_ config: Mask2Former.Config, _ inputs: FeaturePyramid.Layout, in scope: ModuleScope) {
        let width = config.width
        projections = inputs.channels.dropFirst().reversed().enumerated().map { level, channels in
            let place = scope.child("input_proj.\(level)")
            return (
                Conv2d(
                    inputs: channels, outputs: width, kernel: 1,
                    initialization: .xavier(fanIn: channels, fanOut: width),
                    biasInitialization: .zeros, in: place.child("0")),
                GroupNorm(groups: config.groups, width, in: place.child("1"))
            )
        }
        encoder = DeformableEncoder(config, levels: projections.count, in: scope.child("transformer"))
        func normalized(_ inputs: Int, _ kernel: Int, _ name: String) -> NormalizedConvolution {
            NormalizedConvolution(
                inputs: inputs, outputs: width, kernel: kernel, groups: config.groups, in: scope.child(name))
        }
        lateral = normalized(inputs.finest.channels, 1, "adapter_1")
        output = normalized(width, 3, "layer_1")
        maskFeatures = Conv2d(
            inputs: width, outputs: width, kernel: 1, initialization: .caffe2(fanIn: width), biasInitialization: .zeros,
            in: scope.child("mask_features"))
    }

    var children: [(name: String, module: any Module)] {
        projections.enumerated().flatMap { level, layers -> [(name: String, module: any Module)] in
            [("input_proj.\(level).0", layers.convolution), ("input_proj.\(level).1", layers.norm)]
        } + [("transformer", encoder), ("adapter_1", lateral), ("layer_1", output), ("mask_features", maskFeatures)]
    }

    func callAsFunction(_ pyramid: FeaturePyramid, in context: ForwardContext) -> DecodedPixels {
        // [B, h_i, w_i, C_i] -> [B, h_i, w_i, C], deepest first
        let maps = zip(projections, pyramid.maps.dropFirst().reversed()).map { $0.norm($0.convolution($1)) }
        let levels = encoder(maps, in: context)
        let (height, width) = (pyramid.finest.shape[1], pyramid.finest.shape[2])
        let finest = lateral(pyramid.finest) + levels[levels.count - 1].resized(height: height, width: width)
        return DecodedPixels(levels: levels, maskFeatures: maskFeatures(output(finest, relu: true)))
    }
}

/// A convolution without a bias and a norm after it, under one name: `weight`, `norm.weight`, `norm.bias`.
final class NormalizedConvolution: Module {
    private let convolution: Conv2d
    private let norm: GroupNorm

    init(inputs: Int, outputs: Int, kernel: Int, groups: Int, in scope: ModuleScope) {
        convolution = Conv2d(
            inputs: inputs, outputs: outputs, kernel: kernel, padding: kernel / 2, hasBias: false,
            initialization: .caffe2(fanIn: kernel * kernel * inputs), in: scope)
        norm = GroupNorm(groups: groups, outputs, in: scope.child("norm"))
    }

    var parameters: [(name: String, parameter: Parameter)] { convolution.parameters }
    var children: [(name: String, module: any Module)] { [("norm", norm)] }

    /// - Parameter relu: whether `max(y, 0)` follows.
    func callAsFunction(_ map: Tensor, relu: Bool = false) -> Tensor { norm(convolution(map), relu: relu) }
}

extension Initialization {
    /// Uniform with variance `1 / fanIn`, what Caffe2 calls Xavier's.
    ///
    /// - Parameter fanIn: kernel area times input channels.
    static func caffe2(fanIn: Int) -> Initialization { .uniform(bound: (3 / Float(fanIn)).squareRoot()) }
}
