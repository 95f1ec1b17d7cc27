internal import TensorEngine

extension ParameterSet {
    /// Euclidean length of all gradients together.
    public func gradientNorm() -> Double { gradients.sumOfSquares().squareRoot() }

    /// Scales all gradients so that their common norm is at most `maximum` (`torch.nn.utils.clip_grad_norm_`).
    ///
    /// - Parameters:
    ///   - maximum: positive.
    ///   - norm: what `gradientNorm()` gave.
    public func clipGradients(to maximum: Float, norm: Double) {
        let factor = Double(maximum) / (norm + 1e-6)
        if factor < 1 { gradients.scaleInPlace(by: Float(factor)) }
    }
}
