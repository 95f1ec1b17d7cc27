internal import DeviceSeam

extension Tensor {
    /// Group normalisation (arXiv:1803.08494, equations 1 to 7): over all positions of an image and runs of
    /// `C / groups` channels, `[B, …, C] -> [B, …, C]`.
    ///
    /// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`, mean and (biased) variance of each group of each
    /// image, then `max(y, 0)` where `relu`. Keeps its input only, so that the fused ReLU costs no memory.
    ///
    /// - Parameters:
    ///   - weight: `[C]`
    ///   - bias: `[C]`
    /// - Precondition: `groups` divides `C`.
    public func groupNormalized(
        groups: Int, weight: Tensor, bias: Tensor, epsilon: Float, relu: Bool = false
    ) -> Tensor {
        precondition(
            rank >= 2 && weight.shape == [shape[rank - 1]] && bias.shape == weight.shape,
            "groupNormalized: weight \(weight.shape) and bias \(bias.shape) do not fit the last axis of \(shape)")
        precondition(
            groups >= 1 && weight.count >= groups && weight.count.isMultiple(of: groups),
            "groupNormalized: \(weight.count) channels cannot be cut into \(groups) groups")
        let operands = GroupNormOperands(
            groups: groups, weight: weight.array, bias: bias.array, epsilon: epsilon, hasReLU: relu)
        let (output, statistics) = groupNormalized(operands)
        let input = Kept(self, uses: 2)
        let remake = { input.take().groupNormalized(operands).output }
        return output.recorded(from: [self, weight, bias], remadeBy: remake) { upstream, needs in
            let input = input.take()
            let ofInput = needs[0] ? Tensor(uninitialized: upstream.shape) : nil
            let channels = [operands.weight.count]
            let (ofWeight, ofBias) = (needs.place(1, shape: channels), needs.place(2, shape: channels))
            // The input and the upstream are read for the sums and once more for the gradient.
            let twice = [upstream, input] + (ofInput.map { [upstream, input, $0] } ?? [])
            Engine.run(.call("group norm gradients", reads: twice)) {
                $0.groupNormGradients(
                    upstream.array, input: input.array, statistics: statistics.array, operands,
                    inputGradient: ofInput?.array, weightGradient: ofWeight?.sum, biasGradient: ofBias?.sum)
            }
            return [ofInput, ofWeight?.result, ofBias?.result]
        }
    }

    /// - Returns: also what the gradients need of the statistics.
    private func groupNormalized(_ operands: GroupNormOperands) -> (output: Tensor, statistics: Tensor) {
        let output = Tensor(uninitialized: shape)
        let statistics = Tensor(uninitialized: [shape[0], 2, operands.weight.count])
        Engine.run(.call("group norm", reads: [self, self], writes: [output])) {
            $0.groupNorm(array, operands, into: output.array, statistics: statistics.array)
        }
        return (output, statistics)
    }
}
