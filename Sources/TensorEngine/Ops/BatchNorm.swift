internal import DeviceSeam

/// Where batch normalisation takes mean and variance from.
public enum NormalizationStatistics {
    /// From the batch itself. What makes sums and counts global over ranks is asked once in the forward pass and once in
    /// the backward pass, on every rank alike; `nil` keeps the statistics to this rank.
    case batch(StatisticsReduction?)
    /// Given, each `[C]`; no gradient flows to them.
    case running(mean: Tensor, variance: Tensor)

    public static func batch(reduce: ((inout [Double]) -> Void)?) -> Self { .batch(reduce.map { .onHost($0) }) }
}

/// How sums of batch normalisation become those of all ranks.
public enum StatisticsReduction {
    /// A list of sums and counts comes to the host, where each element is added to those of the other ranks.
    case onHost((inout [Double]) -> Void)
    /// Sums are added up by the devices in the order of their work, so that no host waits for its device.
    ///
    /// - Parameter count: the sum of a whole number that the host knows over the ranks.
    case onDevices(DeviceGroup, count: (Double) -> Double)
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
        runningMean.updateMovingAverage(of: mean, decay: 1 - momentum)
        let unbiased = withoutGradients { variance * Float(count / max(1, count - 1)) }
        runningVariance.updateMovingAverage(of: unbiased, decay: 1 - momentum)
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
        let source = BatchNormSource(statistics, for: self, epsilon: epsilon)
        let state = BatchNormState(
            mean: source.mean.array, inverseDeviation: source.inverseDeviation.array, weight: weight.array,
            bias: bias.array, hasReLU: relu)
        let input = Kept(self, uses: 2)
        let remake = { input.take().normalized(state) }
        let recorded = normalized(state).recorded(from: [self, weight, bias], remadeBy: remake) { upstream, needs in
            input.take().batchNormGradients(upstream, needs: needs, state: state, source: source)
        }
        return (recorded, source.moments)
    }

    private func normalized(_ state: BatchNormState) -> Tensor {
        mapped("batch norm") { $0.batchNorm($1, state, into: $2) }
    }

    private func batchNormGradients(
        _ upstream: Tensor, needs: GradientNeeds, state: BatchNormState, source: BatchNormSource
    ) -> [Tensor?] {
        let channels = state.mean.count
        let sums = SumArray(uninitialized: [2 * channels])
        Engine.run(.call("batch norm gradient sums", reads: [upstream, self])) {
            $0.batchNormGradientSums(upstream.array, input: array, state, into: sums)
        }
        // Parameter gradients stay those of this rank, like every other parameter's.
        let (weight, bias) = (needs.place(1, shape: [channels]), needs.place(2, shape: [channels]))
        if weight != nil || bias != nil {
            Engine.run(.call("batch norm weight gradient", otherBytes: 2 * channels * MemoryLayout<Double>.stride)) {
                $0.batchNormParameterGradients(sums, weight: weight?.sum, bias: bias?.sum)
            }
        }
        var ofInput: Tensor?
        if needs[0] {
            let (global, count) = source.globalGradientSums(sums)
            ofInput = upstream.mapped("batch norm input gradient", with: self) {
                $0.batchNormInputGradient($1, input: $2, state, sums: global, count: count, into: $3)
            }
        }
        return [ofInput, weight?.result, bias?.result]
    }
}

/// Mean and variance for one call, and what the backward pass must know about where they came from.
private struct BatchNormSource {
    let mean: Tensor
    let variance: Tensor
    /// `1 / sqrt(variance + epsilon)`
    let inverseDeviation: Tensor
    /// `nil` where the statistics were given.
    let moments: BatchMoments?
    private let reduce: StatisticsReduction?

    init(_ statistics: NormalizationStatistics, for input: Tensor, epsilon: Float) {
        let channels = input.shape[input.rank - 1]
        inverseDeviation = Tensor(uninitialized: [channels])
        switch statistics {
        case .running(let mean, let variance):
            precondition(
                mean.shape == [channels] && variance.shape == [channels],
                "batchNormalized: running statistics \(mean.shape) and \(variance.shape) must be [\(channels)]")
            (self.mean, self.variance) = (mean.detached(), variance.detached())
            (moments, reduce) = (nil, nil)
            let inverse = inverseDeviation.array
            Engine.run(.call("batch norm deviations", reads: [variance], writes: [inverseDeviation])) {
                $0.inverseDeviation(variance.array, epsilon: epsilon, into: inverse)
            }
        case .batch(let reduce):
            (mean, variance) = (Tensor(uninitialized: [channels]), Tensor(uninitialized: [channels]))
            let local = SumArray(uninitialized: [2 * channels])
            Engine.run(.call("batch norm sums", reads: [input])) { $0.channelSums(input.array, into: local) }
            let (sums, count) = Self.reduced(local, count: Double(input.count / max(1, channels)), reduce)
            let results = (mean.array, variance.array, inverseDeviation.array)
            Engine.run(.call("batch norm moments", writes: [mean, variance, inverseDeviation])) {
                $0.batchMoments(
                    sums, count: count, epsilon: epsilon, mean: results.0, variance: results.1,
                    inverseDeviation: results.2)
            }
            moments = BatchMoments(mean: mean, variance: variance, count: count)
            self.reduce = reduce
        }
    }

    /// The gradient's sums and the rows of the whole batch; no sums where the statistics do not depend on the input.
    func globalGradientSums(_ sums: SumArray) -> (sums: SumArray?, count: Double) {
        guard let moments else { return (nil, 1) }
        return (Self.reduced(sums, reduce), moments.count)
    }

    /// Sums over all ranks. They stay on the device where there is only this rank, or where devices add them up.
    private static func reduced(_ sums: SumArray, _ reduction: StatisticsReduction?) -> SumArray {
        switch reduction {
        case nil: break
        case .onHost(let reduce):
            var values = sums.hostValues()
            reduce(&values)
            sums.fill(from: values)
        case .onDevices(let group, _): group.sumInOrder(sums)
        }
        return sums
    }

    /// The same with the count of rows, which goes to the host in one list with the sums.
    private static func reduced(
        _ sums: SumArray, count: Double, _ reduction: StatisticsReduction?
    ) -> (sums: SumArray, count: Double) {
        switch reduction {
        case nil: return (sums, count)
        case .onHost(let reduce):
            var values = sums.hostValues() + [count]
            reduce(&values)
            sums.fill(from: Array(values.dropLast()))
            return (sums, values[values.count - 1])
        case .onDevices(let group, let sum):
            group.sumInOrder(sums)
            return (sums, sum(count))
        }
    }
}
