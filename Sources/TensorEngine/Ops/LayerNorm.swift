internal import DeviceSeam

extension Tensor {
    /// Layer normalisation over the last axis (arXiv:1607.06450, equation 4), `[…, C] -> […, C]`.
    ///
    /// `y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias`, mean and (biased) variance per row.
    ///
    /// - Parameters:
    ///   - weight: `[C]`
    ///   - bias: `[C]`
    /// - Precondition: the last axis has `C >= 1` elements.
    public func layerNormalized(weight: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
        precondition(
            rank >= 1 && shape[rank - 1] >= 1 && weight.shape == [shape[rank - 1]] && bias.shape == weight.shape,
            "layerNormalized: weight \(weight.shape) and bias \(bias.shape) do not fit the last axis of \(shape)")
        let (scale, offset) = (weight.detached(), bias.detached())
        let (output, statistics) = normalizedRows(scale, offset, epsilon)
        let input = Kept(self, uses: 2)
        let remake = { input.take().normalizedRows(scale, offset, epsilon).output }
        return output.recorded(from: [self, weight, bias], remadeBy: remake) { upstream, needs in
            let input = input.take()
            let ofInput = needs[0] ? Tensor(uninitialized: upstream.shape) : nil
            let (ofWeight, ofBias) = (needs.place(1, shape: scale.shape), needs.place(2, shape: scale.shape))
            Engine.run(
                .call(
                    "layer norm gradients", reads: [upstream, input, statistics, scale],
                    writes: ofInput.map { [$0] } ?? [], otherBytes: 2 * scale.count * MemoryLayout<Float>.stride)
            ) {
                $0.layerNormGradients(
                    upstream.array, input: input.array, statistics: statistics.array, weight: scale.array,
                    inputGradient: ofInput?.array, weightGradient: ofWeight?.sum, biasGradient: ofBias?.sum)
            }
            return [ofInput, ofWeight?.result, ofBias?.result]
        }
    }

    /// - Returns: also mean and inverse deviation of each row, for the gradients.
    private func normalizedRows(
        _ weight: Tensor, _ bias: Tensor, _ epsilon: Float
    ) -> (output: Tensor, statistics: Tensor) {
        let output = Tensor(uninitialized: shape)
        let statistics = Tensor(uninitialized: [shape.dropLast().reduce(1, *), 2])
        Engine.run(.call("layer norm", reads: [self, weight, bias], writes: [output, statistics])) {
            $0.layerNorm(
                array, weight: weight.array, bias: bias.array, epsilon: epsilon, into: output.array,
                statistics: statistics.array)
        }
        return (output, statistics)
    }
}
