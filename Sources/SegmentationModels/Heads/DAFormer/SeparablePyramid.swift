import NN
import TensorEngine

/// Atrous spatial pyramid with depthwise-separable branches and no image pooling (DAFormer, section 3.2, after
/// arXiv:1802.02611): branches side by side, concatenated, then a 3x3 bottleneck.
final class SeparablePyramid: Module {
    private let branches: [any PyramidBranch]
    private let bottleneck: ConvBatchNormReLU

    init(inputs: Int, width: Int, dilations: [Int], in scope: ModuleScope) {
        branches = dilations.enumerated().map { index, dilation -> any PyramidBranch in
            let place = scope.child("aspp_modules.\(index)")
            return dilation == 1
                ? ConvBatchNormReLU(inputs: inputs, outputs: width, kernel: 1, in: place)
                : SeparableBranch(inputs: inputs, outputs: width, dilation: dilation, in: place)
        }
        bottleneck = ConvBatchNormReLU(
            inputs: width * dilations.count, outputs: width, kernel: 3, in: scope.child("bottleneck"))
    }

    var children: [(name: String, module: any Module)] {
        branches.enumerated().map { ("aspp_modules.\($0)", $1) } + [("bottleneck", bottleneck)]
    }

    /// `[B, H, W, I] -> [B, H, W, branches * width] -> [B, H, W, width]`
    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> Tensor {
        bottleneck(Tensor.concatenated(branches.map { $0(map, in: context) }, axis: 3), in: context)
    }
}

/// One of the parallel ways through the pyramid.
protocol PyramidBranch: Module {
    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> Tensor
}

/// Depthwise 3x3 with dilation, then 1x1, each with batch norm and ReLU.
final class SeparableBranch: PyramidBranch {
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

    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> Tensor {
        pointwise(depthwise(map, in: context), in: context)
    }
}

/// Convolution without bias that keeps the size, batch norm, ReLU.
final class ConvBatchNormReLU: PyramidBranch {
    private let convolution: Conv2d
    private let norm: BatchNorm2d

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
}
