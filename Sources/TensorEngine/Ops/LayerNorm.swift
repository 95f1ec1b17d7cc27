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
        let (input, remadeInput) = (Kept(self), Kept(self))
        let remake = { remadeInput.take().normalizedRows(scale, offset, epsilon).output }
        return output.recorded(from: [self, weight, bias], remadeBy: remake) { upstream, needs in
            let input = input.take()
            var gradients: [Tensor?] = [nil, nil, nil]
            if needs[0] {
                let gradient = Tensor(uninitialized: upstream.shape)
                Engine.backend.layerNormInputGradient(
                    upstream, input: input, statistics: statistics, weight: scale, into: gradient)
                gradients[0] = gradient
            }
            if needs[1] || needs[2] {
                let (ofWeight, ofBias) = (Tensor(uninitialized: scale.shape), Tensor(uninitialized: scale.shape))
                Engine.backend.layerNormParameterGradients(
                    upstream, input: input, statistics: statistics, weightGradient: ofWeight, biasGradient: ofBias)
                gradients[1] = needs[1] ? ofWeight : nil
                gradients[2] = needs[2] ? ofBias : nil
            }
            return gradients
        }
    }

    /// - Returns: also mean and inverse deviation of each row, for the gradients.
    private func normalizedRows(
        _ weight: Tensor, _ bias: Tensor, _ epsilon: Float
    ) -> (output: Tensor, statistics: Tensor) {
        let output = Tensor(uninitialized: shape)
        let statistics = Tensor(uninitialized: [shape.dropLast().reduce(1, *), 2])
        Engine.backend.layerNorm(
            self, weight: weight, bias: bias, epsilon: epsilon, into: output, statistics: statistics)
        return (output, statistics)
    }
}
