/// Where batch normalisation takes mean and variance from.
public enum NormalizationStatistics {
    /// From the batch itself. `reduce` makes a list of sums and counts global over ranks, by adding element by element;
    /// it is called once in the forward pass and once in the backward pass, on every rank alike. `nil` keeps the
    /// statistics to this rank.
    case batch(reduce: ((inout [Double]) -> Void)?)
    /// Given, each `[C]`; no gradient flows to them.
    case running(mean: Tensor, variance: Tensor)
}

/// Mean and variance of the batch that was normalised.
public struct BatchMoments {
    /// `[C]`
    public let mean: Tensor
    /// `[C]`, biased: divided by `count`.
    public let variance: Tensor
    /// Rows (images times positions) that went into them, over all ranks that were reduced.
    public let count: Double

    /// Moves running statistics towards these, in place: `running = (1 - momentum) running + momentum batch`, with the
    /// unbiased variance (that of one row counts as 0), as PyTorch does.
    public func update(mean runningMean: Tensor, variance runningVariance: Tensor, momentum: Float) {
        guard count > 0 else { return }
        Engine.backend.movingAverage(runningMean, of: mean, decay: 1 - momentum)
        let unbiased = withoutGradients { variance * Float(count / max(1, count - 1)) }
        Engine.backend.movingAverage(runningVariance, of: unbiased, decay: 1 - momentum)
    }
}

extension Tensor {
    /// Batch normalisation over all axes but the last (arXiv:1502.03167, algorithm 1), `[…, C] -> […, C]`.
    ///
    /// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`, then `max(y, 0)` where `relu`. Keeps its input
    /// only, so that the fused ReLU costs no memory; the output is made again where the backward pass needs it.
    ///
    /// - Parameters:
    ///   - weight: `[C]`
    ///   - bias: `[C]`
    /// - Returns: the output, and for `.batch` statistics the moments, for `BatchMoments.update`.
    public func batchNormalized(
        weight: Tensor, bias: Tensor, epsilon: Float, statistics: NormalizationStatistics, relu: Bool = false
    ) -> (output: Tensor, moments: BatchMoments?) {
        precondition(
            rank >= 1 && weight.shape == [shape[rank - 1]] && bias.shape == weight.shape,
            "batchNormalized: weight \(weight.shape) and bias \(bias.shape) do not fit the last axis of \(shape)")
        let source = BatchNormSource(statistics, for: self)
        let state = BatchNormState(
            mean: source.mean, inverseDeviation: source.inverseDeviation(epsilon), weight: weight.detached(),
            bias: bias.detached(), hasReLU: relu)
        let (input, remadeInput) = (Kept(self), Kept(self))
        let remake = { remadeInput.take().normalized(state) }
        let recorded = normalized(state).recorded(from: [self, weight, bias], remadeBy: remake) { upstream, needs in
            input.take().batchNormGradients(upstream, needs: needs, state: state, source: source)
        }
        return (recorded, source.moments)
    }

    private func normalized(_ state: BatchNormState) -> Tensor {
        let output = Tensor(uninitialized: shape)
        Engine.backend.batchNorm(self, state, into: output)
        return output
    }

    private func batchNormGradients(
        _ upstream: Tensor, needs: [Bool], state: BatchNormState, source: BatchNormSource
    ) -> [Tensor?] {
        let sums = Engine.backend.batchNormGradientSums(upstream, input: self, state)
        let channels = sums.count / 2
        var gradients: [Tensor?] = [nil, nil, nil]
        if needs[0] {
            let means = source.globalMeans(sums)
            let gradient = Tensor(uninitialized: upstream.shape)
            Engine.backend.batchNormInputGradient(
                upstream, input: self, state, upstreamMean: means.view(from: 0, shape: [channels]),
                productMean: means.view(from: channels, shape: [channels]), into: gradient)
            gradients[0] = gradient
        }
        // Parameter gradients stay those of this rank, like every other parameter's.
        if needs[1] { gradients[1] = Tensor(sums[channels...].map(Float.init), shape: [channels]) }
        if needs[2] { gradients[2] = Tensor(sums[..<channels].map(Float.init), shape: [channels]) }
        return gradients
    }
}

/// Mean and variance for one call, and what the backward pass must know about where they came from.
private struct BatchNormSource {
    let mean: Tensor
    let variance: Tensor
    /// `nil` where the statistics were given.
    let moments: BatchMoments?
    private let reduce: ((inout [Double]) -> Void)?

    init(_ statistics: NormalizationStatistics, for input: Tensor) {
        let channels = input.shape[input.rank - 1]
        switch statistics {
        case .running(let mean, let variance):
            precondition(
                mean.shape == [channels] && variance.shape == [channels],
                "batchNormalized: running statistics \(mean.shape) and \(variance.shape) must be [\(channels)]")
            (self.mean, self.variance) = (mean.detached(), variance.detached())
            (moments, reduce) = (nil, nil)
        case .batch(let reduce):
            var sums = Engine.backend.channelSums(input) + [Double(input.count / max(1, channels))]
            reduce?(&sums)
            let count = max(1, sums[2 * channels])
            let means = sums[..<channels].map { $0 / count }
            let variances = (0..<channels).map { max(0, sums[channels + $0] / count - means[$0] * means[$0]) }
            mean = Tensor(means.map(Float.init), shape: [channels])
            variance = Tensor(variances.map(Float.init), shape: [channels])
            moments = BatchMoments(mean: mean, variance: variance, count: sums[2 * channels])
            self.reduce = reduce
        }
    }

    func inverseDeviation(_ epsilon: Float) -> Tensor {
        Tensor(variance.values().map { Float(1 / (Double($0) + Double(epsilon)).squareRoot()) }, shape: variance.shape)
    }

    /// The gradient sums divided by the rows of the whole batch; zeros where the statistics do not depend on the input.
    func globalMeans(_ sums: [Double]) -> Tensor {
        guard let moments else { return Tensor.zeros([sums.count]) }
        var global = sums
        reduce?(&global)
        return Tensor(global.map { Float($0 / max(1, moments.count)) }, shape: [sums.count])
    }
}
