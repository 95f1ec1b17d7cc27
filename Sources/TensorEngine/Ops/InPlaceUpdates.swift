public import DeviceSeam

/// Updates that change memory in place. They are for optimisers, averages of weights and sums without a gradient;
/// nothing is recorded.
extension Tensor {
    /// One AdamW step on these weights (arXiv:1711.05101, algorithm 2, with the bias correction and the order of
    /// operations of `torch.optim.AdamW`).
    ///
    /// - Parameters:
    ///   - gradients: as many elements as `self`; `firstMoments` and `secondMoments` likewise, and they change too.
    ///   - runs: the groups of the weights.
    ///   - rates: one for each group of `runs`.
    /// - Precondition: equal counts, `step.step >= 1`.
    public func updateByAdamW(
        gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, runs: WeightRuns, rates: [AdamWRate],
        _ step: AdamWStep
    ) {
        precondition(
            gradients.count == count && firstMoments.count == count && secondMoments.count == count
                && runs.weightCount == count && runs.groupCount <= rates.count, "AdamW: counts differ")
        precondition(step.step >= 1, "AdamW: steps count from 1, got \(step.step)")
        // Reads four lists and writes three.
        Engine.run(.call("AdamW", otherBytes: 7 * count * MemoryLayout<Float>.stride)) {
            $0.adamW(
                array, gradients: gradients.array, firstMoments: firstMoments.array,
                secondMoments: secondMoments.array, runs: runs.table.array, rates: rates, step)
        }
    }

    /// `self = decay * self + (1 - decay) * value`
    ///
    /// - Precondition: equal counts, `decay` in `0...1`.
    public func updateMovingAverage(of value: Tensor, decay: Float) {
        precondition(value.count == count, "moving average: \(value.shape) does not fit \(shape)")
        precondition((0...1).contains(decay), "moving average: decay must be in 0...1, got \(decay)")
        Engine.run(.call("moving average", reads: [self, value], writes: [self])) {
            $0.movingAverage(array, of: value.array, decay: decay)
        }
    }

    /// Sets every element to `value`.
    public func fillInPlace(with value: Float) {
        Engine.run(.call("fill", writes: [self])) { $0.fill(array, with: value) }
    }

    /// `self *= factor`
    public func scaleInPlace(by factor: Float) {
        Engine.run(.call("\(UnaryOperation.affine)", reads: [self], writes: [self])) {
            $0.unary(.affine, factor, 0, array, into: array)
        }
    }

    /// `self[r, c] *= factors[r]`, rows along all axes but the last.
    ///
    /// - Precondition: `factors` has an element for each row.
    public func scaleRowsInPlace(by factors: Tensor) {
        precondition(
            rank >= 1 && factors.count == shape.dropLast().reduce(1, *),
            "scaleRows: factors \(factors.shape) do not fit rows \(shape)")
        Engine.run(.call("scale rows", reads: [self, factors], writes: [self])) {
            $0.scaleRows(array, by: factors.array)
        }
    }

    /// `self += value`, as many elements.
    package func addInPlace(_ value: Tensor) {
        Engine.run(.call("accumulate", reads: [value, self], writes: [self])) { $0.add(value.array, into: array) }
    }
}

/// A flat list of weights as runs of neighbours of one group, one after another.
public struct WeightRuns {
    /// `[runs, 2]`: the end of each, and its group.
    fileprivate let table: IndexTensor
    fileprivate let weightCount: Int
    fileprivate let groupCount: Int

    /// - Parameter runs: ends in ascending order, the last one that of the list; groups count from 0.
    /// - Precondition: at most 2^31 - 1 weights.
    public init(_ runs: [(end: Int, group: Int)]) {
        weightCount = runs.last?.end ?? 0
        groupCount = (runs.map(\.group).max() ?? -1) + 1
        precondition(weightCount <= Int(Int32.max), "WeightRuns: \(weightCount) weights are too many for one list")
        table = IndexTensor(runs.flatMap { [Int32($0.end), Int32($0.group)] }, shape: [runs.count, 2])
    }
}
