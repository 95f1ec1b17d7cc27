extension Tensor {
    /// The same elements under another shape; no copy. One length may be -1 and is worked out.
    ///
    /// - Precondition: the counts are equal.
    public func reshaped(_ shape: [Int]) -> Tensor {
        let known = shape.filter { $0 >= 0 }.reduce(1, *)
        let resolved = shape.map { $0 == -1 ? (known == 0 ? 0 : count / known) : $0 }
        var output = reshapedOffTape(resolved).recorded(from: [self]) { [from = self.shape] upstream, _ in
            [upstream.reshapedOffTape(from)]
        }
        if output.node != nil { output.recipe = recipe }
        return output
    }

    /// As `reshaped`, without a place on the tape.
    package func reshapedOffTape(_ shape: [Int]) -> Tensor {
        precondition(shape.reduce(1, *) == count, "reshape: \(self.shape) has another count than \(shape)")
        return Tensor(shape: shape, memory: memory, offset: offset)
    }

    /// The axes in another order, copied: `output.shape[i] == shape[axes[i]]`.
    ///
    /// - Precondition: `axes` is a permutation.
    public func permuted(_ axes: [Int]) -> Tensor {
        precondition(axes.sorted() == Array(shape.indices), "permute: \(axes) is not an order of the axes of \(shape)")
        if axes == Array(shape.indices) { return self }
        let output = Tensor(uninitialized: axes.map { shape[$0] })
        Engine.backend.permute(self, axes: axes, into: output)
        return output.recorded(from: [self]) { upstream, _ in
            var inverse = axes
            for (position, axis) in axes.enumerated() { inverse[axis] = position }
            return [upstream.permuted(inverse)]
        }
    }

    /// The last two axes exchanged, copied.
    public func transposed() -> Tensor {
        precondition(rank >= 2, "transpose: needs two axes, got \(shape)")
        return permuted(Array(0..<rank - 2) + [rank - 1, rank - 2])
    }

    /// Elements `range` along `axis`, copied.
    public func sliced(_ range: Range<Int>, axis: Int) -> Tensor {
        let axis = resolvedAxis(axis)
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[axis], "slice: \(range) is outside axis \(axis) of \(shape)")
        var sliceShape = shape
        sliceShape[axis] = range.count
        let output = Tensor(uninitialized: sliceShape)
        let run = AxisRun(shape, axis: axis, start: range.lowerBound, length: range.count)
        Engine.backend.copyRows(
            self, inputStart: run.start, inputStride: run.stride, to: output, outputStart: 0, outputStride: run.length,
            length: run.length, rows: run.rows)
        return output.recorded(from: [self]) { [shape] upstream, _ in
            let gradient = Tensor.zeros(shape)
            Engine.backend.copyRows(
                upstream, inputStart: 0, inputStride: run.length, to: gradient, outputStart: run.start,
                outputStride: run.stride, length: run.length, rows: run.rows)
            return [gradient]
        }
    }

    /// Tensors one after another along `axis`.
    ///
    /// - Precondition: at least one tensor; all other lengths are equal.
    public static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
        precondition(!parts.isEmpty, "concatenate: needs at least one tensor")
        let axis = parts[0].resolvedAxis(axis)
        var shape = parts[0].shape
        shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        let output = Tensor(uninitialized: shape)
        var runs: [AxisRun] = []
        var start = 0
        for part in parts {
            var expected = shape
            expected[axis] = part.shape[axis]
            precondition(part.shape == expected, "concatenate: \(part.shape) does not fit \(shape) along axis \(axis)")
            let run = AxisRun(shape, axis: axis, start: start, length: part.shape[axis])
            Engine.backend.copyRows(
                part, inputStart: 0, inputStride: run.length, to: output, outputStart: run.start,
                outputStride: run.stride, length: run.length, rows: run.rows)
            runs.append(run)
            start += part.shape[axis]
        }
        let remake = remakingConcatenation(of: parts, axis: axis)
        let lengths = parts.map { $0.shape[axis] }
        return output.recorded(from: parts, remadeBy: remake) { upstream, needs in
            var start = 0
            return lengths.indices.map { index in
                defer { start += lengths[index] }
                return needs[index] ? upstream.sliced(start..<start + lengths[index], axis: axis) : nil
            }
        }
    }

    /// The parts take as much memory as the whole, so it pays to keep them instead where some can be made again.
    private static func remakingConcatenation(of parts: [Tensor], axis: Int) -> (() -> Tensor)? {
        guard parts.contains(where: { $0.recipe != nil }) else { return nil }
        let parts = parts.map(Kept.init)
        return { concatenated(parts.map { $0.take() }, axis: axis) }
    }

    /// Rows of the first axis picked by `indices`; a negative index gives a row of zeros.
    ///
    /// - Returns: `indices.shape + shape.dropFirst()`.
    /// - Precondition: every index is below the length of the first axis.
    public func gathered(_ indices: IndexTensor) -> Tensor {
        precondition(rank >= 1, "gather: needs an axis to pick from")
        let length = shape.dropFirst().reduce(1, *)
        let output = Tensor(uninitialized: indices.shape + shape.dropFirst())
        Engine.backend.gatherRows(self, indices: indices, length: length, into: output)
        return output.recorded(from: [self]) { [shape] upstream, _ in
            let gradient = Tensor.zeros(shape)
            Engine.backend.scatterAddRows(upstream, indices: indices, length: length, into: gradient)
            return [gradient]
        }
    }
}

/// A range along one axis, seen as equally spaced runs of neighbouring elements.
private struct AxisRun {
    let start: Int
    let stride: Int
    let length: Int
    let rows: Int

    init(_ shape: [Int], axis: Int, start: Int, length: Int) {
        let inner = shape[(axis + 1)...].reduce(1, *)
        self.start = start * inner
        stride = shape[axis] * inner
        self.length = length * inner
        rows = shape[..<axis].reduce(1, *)
    }
}
