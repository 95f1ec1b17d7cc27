import NN
import TensorEngine

/// Atrous spatial pyramid with depthwise-separable branches and no image pooling (DAFormer, section 3.2, after
/// arXiv:1802.02611): branches side by side, concatenated, then a 3x3 bottleneck.
final class SeparablePyramid: LevelFusion {
    private let branches: [any LevelFusion]
    private let bottleneck: ConvBatchNormReLU

    init(inputs: Int, width: Int, dilations: [Int], in scope: ModuleScope) {
        branches = dilations.enumerated().map { index, dilation -> any LevelFusion in
            let place = scope.child("aspp_modules.\(index)")
            return dilation == 1
                ? PointwiseBranch(inputs: inputs, outputs: width, in: place)
                : SeparableBranch(inputs: inputs, outputs: width, dilation: dilation, in: place)
        }
        bottleneck = ConvBatchNormReLU(
            inputs: width * dilations.count, outputs: width, kernel: 3, in: scope.child("bottleneck"))
    }

    var children: [(name: String, module: any Module)] {
        branches.enumerated().map { ("aspp_modules.\($0)", $1) } + [("bottleneck", bottleneck)]
    }

    /// `[B, height, width, branches * width]`, then `[B, height, width, width]`.
    func callAsFunction(_ levels: EmbeddedLevels, in context: ForwardContext) -> Tensor {
        bottleneck(Tensor.concatenated(branches.map { $0(levels, in: context) }, axis: 3), in: context)
    }
}

/// The maps of all levels, and the size they are brought to.
struct EmbeddedLevels {
    /// `[B, h_i, w_i, E]`
    let maps: [Tensor]
    let height: Int
    let width: Int

    /// The sum over levels of what `part` makes of each, given the level's channels in the concatenation of all.
    func sum(_ part: (_ level: Tensor, _ channels: Range<Int>) -> Tensor) -> Tensor {
        var sum: Tensor?
        var start = 0
        for level in maps {
            let addend = part(level, start..<start + level.shape[3])
            sum = sum.map { $0 + addend } ?? addend
            start += level.shape[3]
        }
        guard let sum else { preconditionFailure("DAFormerHead: needs at least one level") }
        return sum
    }

    /// `[B, h, w, C] -> [B, height, width, C]`
    func resized(_ map: Tensor) -> Tensor { map.resized(height: height, width: width) }
}

/// What makes one map `[B, height, width, C]` of the levels.
///
/// It reads them resized and side by side, as one map of `I` channels, which is never made: it works level by level, so
/// that only one level is held at full size.
protocol LevelFusion: Module {
    func callAsFunction(_ levels: EmbeddedLevels, in context: ForwardContext) -> Tensor
}

/// A plain 1x1 convolution with batch norm and ReLU.
final class PointwiseBranch: LevelFusion {
    private let layer: ConvBatchNormReLU

    init(inputs: Int, outputs: Int, in scope: ModuleScope) {
        layer = ConvBatchNormReLU(inputs: inputs, outputs: outputs, kernel: 1, in: scope)
    }

    var children: [(name: String, module: any Module)] { layer.children }

    /// A 1x1 convolution and bilinear resizing are both linear, one over channels and one over pixels, so they may
    /// change places: each level is multiplied with its columns of the weight at its own size, a third of the products.
    func callAsFunction(_ levels: EmbeddedLevels, in context: ForwardContext) -> Tensor {
        let sum = levels.sum { level, channels in
            levels.resized(level.linear(weight: layer.matrix(columns: channels), bias: nil))
        }
        return layer.norm(sum, in: context, relu: true)
    }
}

/// Depthwise 3x3 with dilation, then 1x1, each with batch norm and ReLU.
final class SeparableBranch: LevelFusion {
    private let depthwise: ConvBatchNormReLU
    private let pointwise: ConvBatchNormReLU

    init(inputs: Int, outputs: Int, dilation: Int, in scope: ModuleScope) {
        depthwise = ConvBatchNormReLU(
            inputs: inputs, outputs: inputs, kernel: 3, dilation: dilation, groups: inputs,
            in: scope.child("depthwise_conv"))
        pointwise = ConvBatchNormReLU(
            inputs: inputs, outputs: outputs, kernel: 1, in: scope.child("pointwise_conv"))
    }

    var children: [(name: String, module: any Module)] {
        [("depthwise_conv", depthwise), ("pointwise_conv", pointwise)]
    }

    func callAsFunction(_ levels: EmbeddedLevels, in context: ForwardContext) -> Tensor {
        let sum = levels.sum { level, channels in
            depthwise(levels.resized(level), channels: channels, in: context)
                .linear(weight: pointwise.matrix(columns: channels), bias: nil)
        }
        return pointwise.norm(sum, in: context, relu: true)
    }
}

/// Convolution without bias that keeps the size, batch norm, ReLU.
final class ConvBatchNormReLU: Module {
    private let convolution: Conv2d
    let norm: BatchNorm2d

    /// The fan-out of a grouped convolution is not divided by its groups, as in PyTorch's `kaiming_normal_`.
    init(inputs: Int, outputs: Int, kernel: Int, dilation: Int = 1, groups: Int = 1, in scope: ModuleScope) {
        convolution = Conv2d(
            inputs: inputs, outputs: outputs, kernel: kernel, padding: dilation * (kernel / 2), dilation: dilation,
            groups: groups, hasBias: false, initialization: .kaiming(fanOut: kernel * kernel * outputs),
            in: scope.child("conv"))
        norm = BatchNorm2d(outputs, in: scope.child("bn"))
    }

    var children: [(name: String, module: any Module)] { [("conv", convolution), ("bn", norm)] }

    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> Tensor {
        norm(convolution(map), in: context, relu: true)
    }

    /// A part of the channels of a depthwise layer: `map` holds `channels` of its input.
    func callAsFunction(_ map: Tensor, channels: Range<Int>, in context: ForwardContext) -> Tensor {
        norm(convolution(map, channels: channels), channels: channels, in: context, relu: true)
    }

    /// The weight of a 1x1 layer for a part of its inputs, `[outputs, columns.count]`.
    func matrix(columns: Range<Int>) -> Tensor {
        let weight = convolution.weight.value
        return weight.reshaped([weight.shape[0], weight.shape[3]]).sliced(columns, axis: 1)
    }
}
