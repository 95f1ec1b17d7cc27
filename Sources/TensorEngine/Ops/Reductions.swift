internal import DeviceSeam

extension Tensor {
    /// Sum over `axes`.
    ///
    /// - Parameters:
    ///   - axes: different axes; negative ones count from the end. Empty sums nothing.
    ///   - keepingAxes: whether summed axes stay, with length 1.
    public func sum(_ axes: [Int], keepingAxes: Bool = false) -> Tensor {
        let axes = Set(axes.map { resolvedAxis($0) })
        let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
        let summed = reduced(over: axes).reshapedOffTape(kept)
        let output =
            keepingAxes ? summed : summed.reshapedOffTape(shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
        return output.recorded(from: [self]) { [shape] upstream, _ in
            [upstream.reshapedOffTape(kept).broadcast(to: shape)]
        }
    }

    /// Sum of all elements, a scalar.
    public func sum() -> Tensor { sum(Array(shape.indices)) }

    /// Mean over `axes`; as `sum` divided by the number of elements that went into each.
    public func mean(_ axes: [Int], keepingAxes: Bool = false) -> Tensor {
        let count = axes.reduce(1) { $0 * shape[resolvedAxis($1)] }
        precondition(count > 0, "mean: no elements along axes \(axes) of \(shape)")
        return sum(axes, keepingAxes: keepingAxes) / Float(count)
    }

    /// Mean of all elements, a scalar.
    public func mean() -> Tensor { mean(Array(shape.indices)) }

    /// Sum of squares of all elements, added up in double precision, on the host. No gradient.
    public func sumOfSquares() -> Double { Self.sumOfSquares([self]) }

    /// The same of several tensors; the host waits once.
    public static func sumOfSquares(_ tensors: [Tensor]) -> Double {
        let sums = SumArray(uninitialized: [tensors.count])
        for (index, tensor) in tensors.enumerated() {
            Engine.run(.call("sum of squares", reads: [tensor])) {
                $0.sumOfSquares(tensor.array, into: sums.view(from: index, shape: [1]))
            }
        }
        return sums.hostValues().reduce(0, +)
    }

    /// The elements repeated to a larger shape.
    ///
    /// - Precondition: `self` broadcasts to exactly `shape`.
    public func broadcast(to shape: [Int]) -> Tensor {
        if self.shape == shape { return self }
        let output = Tensor(uninitialized: shape)
        precondition(
            Tensor.broadcastShape(self.shape, shape, for: "broadcast") == shape, "broadcast: \(self.shape) to \(shape)")
        let zero = Tensor(0)
        Engine.run(.call("broadcast", reads: [self], writes: [output])) {
            $0.binary(.add, array, zero.array, into: output.array)
        }
        return output.recorded(from: [self]) { [from = self.shape] upstream, _ in [upstream.summed(to: from)] }
    }

    /// Undoes a broadcast from `shape`: sums over every axis that was repeated.
    package func summed(to shape: [Int]) -> Tensor {
        if self.shape == shape { return self }
        let missing = rank - shape.count
        let axes = self.shape.indices.filter { $0 < missing || (shape[$0 - missing] == 1 && self.shape[$0] != 1) }
        return reduced(over: Set(axes)).reshapedOffTape(shape)
    }

    func resolvedAxis(_ axis: Int) -> Int {
        let resolved = axis < 0 ? axis + rank : axis
        precondition(shape.indices.contains(resolved), "axis \(axis) does not exist in \(shape)")
        return resolved
    }

    /// Sums over `axes`, one run of neighbouring axes at a time, from the last.
    private func reduced(over axes: Set<Int>) -> Tensor {
        var current = self
        var sizes = shape
        var axis = rank - 1
        while axis >= 0 {
            guard axes.contains(axis) else {
                axis -= 1
                continue
            }
            let end = axis + 1
            while axis > 0, axes.contains(axis - 1) { axis -= 1 }
            let outer = sizes[..<axis].reduce(1, *)
            let length = sizes[axis..<end].reduce(1, *)
            let inner = sizes[end...].reduce(1, *)
            let output = Tensor(uninitialized: [outer, inner])
            let input = current.array
            Engine.run(.call("sum", reads: [current], writes: [output])) {
                $0.sum(input, outer: outer, length: length, inner: inner, into: output.array)
            }
            current = output
            for position in axis..<end { sizes[position] = 1 }
            axis -= 1
        }
        return current
    }
}
