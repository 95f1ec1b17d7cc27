/// Updates that change memory in place. They are for optimisers and averages of weights; nothing is recorded.
extension Tensor {
    /// One AdamW step on elements `range` of these weights (arXiv:1711.05101, algorithm 2, with the bias correction and
    /// the order of operations of `torch.optim.AdamW`).
    ///
    /// - Parameters:
    ///   - gradients: as many elements as `self`; `firstMoments` and `secondMoments` likewise, and they change too.
    /// - Precondition: equal counts, `range` inside, `step.step >= 1`.
    public func updateByAdamW(
        gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, range: Range<Int>, _ step: AdamWStep
    ) {
        precondition(
            gradients.count == count && firstMoments.count == count && secondMoments.count == count
                && range.lowerBound >= 0 && range.upperBound <= count, "AdamW: counts differ or range is outside")
        precondition(step.step >= 1, "AdamW: steps count from 1, got \(step.step)")
        Engine.backend.adamW(
            self, gradients: gradients, firstMoments: firstMoments, secondMoments: secondMoments, range: range, step)
    }

    /// `self = decay * self + (1 - decay) * value`
    ///
    /// - Precondition: equal counts, `decay` in `0...1`.
    public func updateMovingAverage(of value: Tensor, decay: Float) {
        precondition(value.count == count, "moving average: \(value.shape) does not fit \(shape)")
        precondition((0...1).contains(decay), "moving average: decay must be in 0...1, got \(decay)")
        Engine.backend.movingAverage(self, of: value, decay: decay)
    }

    /// Sets every element to `value`.
    public func fillInPlace(with value: Float) { Engine.backend.fill(self, with: value) }

    /// `self *= factor`
    public func scaleInPlace(by factor: Float) { Engine.backend.unary(.affine, factor, 0, self, into: self) }
}
