internal import DeviceSeam

extension Tensor {
    /// Transposed convolution with kernel 2 and stride 2, where no two windows meet: each pixel of `[B, h, w, I]`
    /// becomes 2 x 2 pixels.
    ///
    /// `output[b, 2 y + i, 2 x + j, o] = bias[o] + sum over c of input[b, y, x, c] * weight[c, i, j, o]`
    ///
    /// - Parameters:
    ///   - weight: `[I, 2, 2, O]`.
    ///   - bias: `[O]`.
    /// - Returns: `[B, 2 h, 2 w, O]`.
    /// - Precondition: the shapes fit.
    public func transposedConvolution2x2(weight: Tensor, bias: Tensor? = nil) -> Tensor {
        precondition(rank == 4, "transposed convolution: input must be [B, H, W, C], got \(shape)")
        precondition(
            weight.rank == 4 && Array(weight.shape.prefix(3)) == [shape[3], 2, 2],
            "transposed convolution: weight \(weight.shape) does not fit input \(shape); it must be [I, 2, 2, O]")
        precondition(
            bias == nil || bias?.shape == [weight.shape[3]],
            "transposed convolution: bias must be [\(weight.shape[3])], got \(bias?.shape ?? [])")
        let output = Tensor(uninitialized: [shape[0], 2 * shape[1], 2 * shape[2], weight.shape[3]])
        let parameters = [weight] + (bias.map { [$0] } ?? [])
        let flops = 2 * output.count * shape[3]
        Engine.run(
            .call(
                "transposed convolution 2x2", reads: [self] + parameters, writes: [output], flops: flops,
                isProduct: true)
        ) {
            $0.transposedConvolution(array, weight: weight.array, bias: bias?.array, into: output.array)
        }
        let input = Kept(self)
        return output.recorded(from: [self] + parameters) { upstream, needs in
            let ofInput = needs[0] ? Tensor(uninitialized: input.shape) : nil
            let ofWeight = needs.place(1, shape: weight.shape)
            let ofBias = needs.place(2, shape: [weight.shape[3]])
            let kept = ofWeight.map { _ in input.take() }
            let wanted = (ofInput == nil ? 0 : 1) + (ofWeight == nil ? 0 : 1)
            Engine.run(
                .call(
                    "transposed convolution 2x2 gradient", reads: [upstream, weight] + (kept.map { [$0] } ?? []),
                    writes: [weight] + (ofInput.map { [$0] } ?? []), flops: wanted * flops, isProduct: true)
            ) {
                $0.transposedConvolutionGradients(
                    upstream.array, input: kept?.array, weight: weight.array, inputGradient: ofInput?.array,
                    weightGradient: ofWeight?.sum, biasGradient: ofBias?.sum)
            }
            return [ofInput, ofWeight?.result] + (needs.count == 3 ? [ofBias?.result] : [])
        }
    }
}
