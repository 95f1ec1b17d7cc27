/// Transposed convolution with kernel 2 and stride 2, `[B, h, w, I] -> [B, 2 h, 2 w, O]`; weights are `[I, 2, 2, O]`.
package protocol TransposedConvolutionKernels {
    /// `output[b, 2 y + i, 2 x + j, o] = bias[o] + sum over c of input[b, y, x, c] * weight[c, i, j, o]`
    func transposedConvolution(_ input: FloatArray, weight: FloatArray, bias: FloatArray?, into output: FloatArray)
    /// Of input, weight and bias, as far as they are wanted. `input` is there where the gradient of `weight` is wanted.
    func transposedConvolutionGradients(
        _ upstream: FloatArray, input: FloatArray?, weight: FloatArray, inputGradient: FloatArray?,
        weightGradient: GradientSum?, biasGradient: GradientSum?)
}
