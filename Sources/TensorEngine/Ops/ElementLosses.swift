internal import DeviceSeam

/// Losses between two tensors of one shape. They are sums: the caller knows what to divide by. Of no elements they are
/// 0.
extension Tensor {
    /// The sum of the binary cross-entropies of logits,
    /// `sum of weight * (max(x, 0) - x * target + log(1 + e^-|x|))`, added up in double precision.
    ///
    /// - Parameters:
    ///   - targets: probabilities in `0...1`, in the shape of the logits.
    ///   - weights: in the shape of the logits; elements of weight 0 add nothing, even where their logit is not finite.
    /// - Returns: a scalar. Gradients flow to the logits alone.
    /// - Precondition: the shapes are equal.
    public func binaryCrossEntropySum(targets: Tensor, weights: Tensor? = nil) -> Tensor {
        precondition(
            targets.shape == shape && (weights == nil || weights?.shape == shape),
            "binaryCrossEntropySum: targets \(targets.shape) and weights \(weights?.shape ?? shape) do not fit \(shape)"
        )
        return elementLoss("binary cross-entropy", [targets] + (weights.map { [$0] } ?? [])) {
            backend, gradient, loss in
            backend.binaryCrossEntropy(
                array, targets: targets.array, weights: weights?.array, gradient: gradient, into: loss)
        }
    }

    /// The sum of absolute differences, `sum of |x - target|` (L1), added up in double precision; the gradient where
    /// both are equal is 0.
    ///
    /// - Returns: a scalar. No gradient flows to the targets.
    /// - Precondition: the shapes are equal.
    public func absoluteErrorSum(targets: Tensor) -> Tensor {
        precondition(targets.shape == shape, "absoluteErrorSum: targets \(targets.shape) do not fit \(shape)")
        return elementLoss("absolute error", [targets]) { backend, gradient, loss in
            backend.absoluteError(array, targets: targets.array, gradient: gradient, into: loss)
        }
    }

    /// The derivative is made together with the value, so the input is not kept.
    private func elementLoss(
        _ name: String, _ operands: [Tensor],
        _ kernel: (any Backend, _ gradient: FloatArray?, _ loss: FloatArray) -> Void
    ) -> Tensor {
        let gradient = requiresGradient && GradientMode.isRecording ? Tensor(uninitialized: shape) : nil
        let loss = Tensor(uninitialized: [])
        Engine.run(.call(name, reads: [self] + operands, writes: gradient.map { [$0] } ?? [])) {
            kernel($0, gradient?.array, loss.array)
        }
        return loss.recorded(from: [self]) { upstream, _ in [gradient.map { $0 * upstream }] }
    }
}
