/// Convolutions over `[B, H, W, C]`. Weights are `[O, kh, kw, I / groups]`, depthwise weights `[kh, kw, C]`.
package protocol ConvolutionKernels {
    /// `output[b, y, x, o] = bias[o] + sum over taps and input channels of input * weight`.
    func convolution(
        _ input: Tensor, weight: Tensor, bias: Tensor?, window: SlidingWindow, groups: Int, into output: Tensor)
    func convolutionInputGradient(
        _ upstream: Tensor, weight: Tensor, window: SlidingWindow, groups: Int, into gradient: Tensor)
    func convolutionWeightGradient(
        _ upstream: Tensor, input: Tensor, window: SlidingWindow, groups: Int, into gradient: Tensor)

    /// One window per channel.
    func depthwiseConvolution(
        _ input: Tensor, weight: Tensor, bias: Tensor?, window: SlidingWindow, into output: Tensor)
    func depthwiseInputGradient(_ upstream: Tensor, weight: Tensor, window: SlidingWindow, into gradient: Tensor)
    /// Both gradients in one pass; `biasGradient` is `[C]`.
    func depthwiseParameterGradients(
        _ upstream: Tensor, input: Tensor, window: SlidingWindow, weightGradient: Tensor, biasGradient: Tensor?)
}
