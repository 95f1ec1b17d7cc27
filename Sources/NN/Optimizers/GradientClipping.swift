internal import TensorEngine

extension ParameterSet {
    /// Euclidean length of all gradients together.
    public func gradientNorm() -> Double { Tensor.sumOfSquares(gradients.all).squareRoot() }

    /// Scales all gradients so that their common norm is at most `maximum` (`torch.nn.utils.clip_grad_norm_`).
    ///
    /// - Parameters:
    ///   - maximum: positive.
    ///   - norm: what `gradientNorm()` gave.
    public func clipGradients(to maximum: Float, norm: Double) {
        let factor = Double(maximum) / (norm + 1e-6)
        guard factor < 1 else { return }
        for piece in gradients.all { piece.scaleInPlace(by: Float(factor)) }
    }
}
