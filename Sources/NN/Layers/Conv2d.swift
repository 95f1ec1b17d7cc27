public import TensorEngine

/// Two-dimensional convolution over maps, `[B, H, W, I] -> [B, H', W', O]`, with
/// `H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1`. With as many groups as channels it is the
/// depthwise convolution.
public final class Conv2d: Module {
    /// `[O, kh, kw, I / groups]`
    public let weight: Parameter
    /// `[O]`
    public let bias: Parameter?
    private let stride: Int
    private let padding: Int
    private let dilation: Int
    private let groups: Int

    /// - Parameters:
    ///   - kernel: side of the square window, in pixels.
    ///   - padding: zeros on each side, in pixels.
    ///   - groups: output group `g` reads input group `g` only.
    ///   - initialization: of weight; PyTorch's default where nil.
    ///   - biasInitialization: of bias; PyTorch's default where nil.
    public init(
        inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
        groups: Int = 1, hasBias: Bool = true, initialization: Initialization? = nil,
        biasInitialization: Initialization? = nil, in scope: ModuleScope
    ) {
        precondition(
            groups >= 1 && inputs % groups == 0 && outputs % groups == 0,
            "Conv2d: \(groups) groups do not divide \(inputs) inputs and \(outputs) outputs")
        let standard = Initialization.frameworkDefault(fanIn: kernel * kernel * inputs / groups)
        weight = scope.parameter(
            "weight", shape: [outputs, kernel, kernel, inputs / groups], initialization ?? standard)
        bias = hasBias ? scope.parameter("bias", shape: [outputs], biasInitialization ?? standard) : nil
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    public var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.convolution(
            weight: weight.value, bias: bias?.value, stride: stride, padding: padding, dilation: dilation,
            groups: groups)
    }

    /// The outputs `channels` of a depthwise convolution, from an input that holds these channels alone.
    ///
    /// - Precondition: as many groups as inputs and outputs.
    public func callAsFunction(_ input: Tensor, channels: Range<Int>) -> Tensor {
        precondition(groups == weight.shape[0] && weight.shape[3] == 1, "Conv2d: only depthwise ones have parts")
        return input.convolution(
            weight: weight.value.sliced(channels, axis: 0), bias: bias?.value.sliced(channels, axis: 0), stride: stride,
            padding: padding, dilation: dilation, groups: channels.count)
    }
}
