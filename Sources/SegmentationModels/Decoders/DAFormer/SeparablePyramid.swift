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
