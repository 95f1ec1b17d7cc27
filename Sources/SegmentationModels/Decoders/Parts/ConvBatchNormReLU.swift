import NN
import TensorEngine

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
