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
                ? PointwiseBranch(inputs: inputs, outputs: width, in: place)
                : SeparableBranch(inputs: inputs, outputs: width, dilation: dilation, in: place)
        }
        bottleneck = ConvBatchNormReLU(
            inputs: width * dilations.count, outputs: width, kernel: 3, in: scope.child("bottleneck"))
    }

    var children: [(name: String, module: any Module)] {
        branches.enumerated().map { ("aspp_modules.\($0)", $1) } + [("bottleneck", bottleneck)]
    }

    /// Maps of several levels `[B, h_i, w_i, E]`, resized and concatenated to `[B, height, width, I]`, then
    /// `[B, height, width, branches * width]`, then `[B, height, width, width]`.
    func callAsFunction(_ levels: [Tensor], height: Int, width: Int, in context: ForwardContext) -> Tensor {
        bottleneck(branchOutputs(PyramidInput(levels, height: height, width: width), in: context), in: context)
    }

    /// Apart from the bottleneck, so that nothing before it is held while it computes.
    private func branchOutputs(_ input: PyramidInput, in context: ForwardContext) -> Tensor {
        Tensor.concatenated(branches.map { $0(input, in: context) }, axis: 3)
    }
}

/// The maps of all levels, apart and as one.
struct PyramidInput {
    /// `[B, h_i, w_i, E]`
    let levels: [Tensor]
    /// The levels resized to one size and side by side, `[B, H, W, I]`.
    let map: Tensor

    init(_ levels: [Tensor], height: Int, width: Int) {
        self.levels = levels
        map = Tensor.concatenated(levels.map { $0.resized(height: height, width: width) }, axis: 3)
    }
}

/// One of the parallel ways through the pyramid.
protocol PyramidBranch: Module {
    func callAsFunction(_ input: PyramidInput, in context: ForwardContext) -> Tensor
}

/// A plain 1x1 convolution with batch norm and ReLU.
final class PointwiseBranch: PyramidBranch {
    private let layer: ConvBatchNormReLU

    init(inputs: Int, outputs: Int, in scope: ModuleScope) {
        layer = ConvBatchNormReLU(inputs: inputs, outputs: outputs, kernel: 1, in: scope)
    }

    var children: [(name: String, module: any Module)] { layer.children }

    /// A 1x1 convolution and bilinear resizing are both linear, one over channels and one over pixels, so they may change
    /// places: each level is multiplied with its columns of the weight at its own size, a third of the products.
    func callAsFunction(_ input: PyramidInput, in context: ForwardContext) -> Tensor {
        let (height, width) = (input.map.shape[1], input.map.shape[2])
        let weight = layer.convolution.weight.value
        let matrix = weight.reshaped([weight.shape[0], weight.shape[3]])
        var sum: Tensor?
        var start = 0
        for level in input.levels {
            let columns = matrix.sliced(start..<start + level.shape[3], axis: 1)
            let part = level.linear(weight: columns, bias: nil).resized(height: height, width: width)
            sum = sum.map { $0 + part } ?? part
            start += level.shape[3]
        }
        guard let sum else { preconditionFailure("SeparablePyramid: needs at least one level") }
        return layer.norm(sum, in: context, relu: true)
    }
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

    func callAsFunction(_ input: PyramidInput, in context: ForwardContext) -> Tensor {
        pointwise(depthwise(input.map, in: context), in: context)
    }
}

/// Convolution without bias that keeps the size, batch norm, ReLU.
final class ConvBatchNormReLU: Module {
    let convolution: Conv2d
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
}
