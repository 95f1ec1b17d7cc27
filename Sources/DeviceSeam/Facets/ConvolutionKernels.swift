/// Convolutions over `[B, H, W, C]`. Weights are `[O, kh, kw, I / groups]`, depthwise weights `[C, kh, kw, 1]`.
package protocol ConvolutionKernels {
    /// `output[b, y, x, o] = bias[o] + sum over taps and input channels of input * weight`.
    func convolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, groups: Int,
        into output: FloatArray)
    func convolutionInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, groups: Int, into gradient: FloatArray)
    /// Of weight and bias. `input` is there where `weight` is.
    func convolutionParameterGradients(
        _ upstream: FloatArray, input: FloatArray?, window: SlidingWindow, groups: Int, weight: GradientSum?,
        bias: GradientSum?)

    /// One window per channel.
    func depthwiseConvolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, into output: FloatArray)
    func depthwiseInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, into gradient: FloatArray)
    /// Of weight and bias.
    func depthwiseParameterGradients(
        _ upstream: FloatArray, input: FloatArray, window: SlidingWindow, weight: GradientSum?, bias: GradientSum?)
}
