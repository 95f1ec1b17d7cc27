internal import DeviceSeam

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
        return Tensor(array.view(from: 0, shape: shape))
    }

    /// The axes in another order, copied: `output.shape[i] == shape[axes[i]]`.
    ///
    /// - Precondition: `axes` is a permutation.
    public func permuted(_ axes: [Int]) -> Tensor {
        precondition(axes.sorted() == Array(shape.indices), "permute: \(axes) is not an order of the axes of \(shape)")
        if axes == Array(shape.indices) { return self }
        let output = Tensor(uninitialized: axes.map { shape[$0] })
        Engine.run(.call("permute", reads: [self], writes: [output])) {
            $0.permute(array, axes: axes, into: output.array)
        }
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
            range.lowerBound >= 0 && range.upperBound <= shape[axis],
            "slice: \(range) is outside axis \(axis) of \(shape)")
        var sliceShape = shape
        sliceShape[axis] = range.count
        let output = Tensor(uninitialized: sliceShape)
        let run = AxisRun(shape, axis: axis, start: range.lowerBound, length: range.count)
        output.copyRows(of: self, from: run.places, to: run.packed, length: run.length, rows: run.rows)
        return output.recorded(from: [self]) { [shape] upstream, needs in
            guard let place = needs.place(0, shape: shape) else { return [nil] }
            if !place.sum.adds { Tensor(place.sum.array).fillInPlace(with: 0) }
            Tensor(place.sum.array).copyRows(
                of: upstream, from: run.packed, to: run.places, length: run.length, rows: run.rows,
                adding: place.sum.adds)
            return [place.result]
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
        var start = 0
        for part in parts {
            var expected = shape
            expected[axis] = part.shape[axis]
            precondition(part.shape == expected, "concatenate: \(part.shape) does not fit \(shape) along axis \(axis)")
            let run = AxisRun(shape, axis: axis, start: start, length: part.shape[axis])
            output.copyRows(of: part, from: run.packed, to: run.places, length: run.length, rows: run.rows)
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
        let parts = parts.map { Kept($0) }
        return { concatenated(parts.map { $0.take() }, axis: axis) }
    }

    /// Rows of the first axis picked by `indices`; a negative index gives a row of zeros.
    ///
    /// - Returns: `indices.shape + shape.dropFirst()`.
    /// - Precondition: every index is below the length of the first axis.
    public func gathered(_ indices: IndexTensor) -> Tensor {
        precondition(rank >= 1, "gather: needs an axis to pick from")
        let length = shape.dropFirst().reduce(1, *)
        return gatheredOffTape(indices).recorded(from: [self]) { [shape] upstream, needs in
            guard let place = needs.place(0, shape: shape) else { return [nil] }
            let sums = Tensor(place.sum.array)
            if !place.sum.adds { sums.fillInPlace(with: 0) }
            sums.scatter(upstream, indices, length: length, adding: true)
            return [place.result]
        }
    }

    /// As `gathered`, without a place on the tape.
    func gatheredOffTape(_ indices: IndexTensor) -> Tensor {
        let output = Tensor(uninitialized: indices.shape + shape.dropFirst())
        let length = shape.dropFirst().reduce(1, *)
        Engine.run(.rows("gather rows", indices, length: length, accesses: 2)) {
            $0.gatherRows(array, indices: indices.array, length: length, into: output.array)
        }
        return output
    }

    /// Sums of the rows of the first axes by group: `output[indices[i]] += self[i]`, in order of `i`, for `count`
    /// groups that begin with zeros; rows with a negative index are left out.
    ///
    /// - Parameter indices: its shape is that of the first axes; every index is below `count`.
    /// - Returns: `[count]` and the axes that follow.
    public func summedByGroup(_ indices: IndexTensor, count: Int) -> Tensor {
        let rowShape = Array(shape.dropFirst(indices.shape.count))
        precondition(
            Array(shape.prefix(indices.shape.count)) == indices.shape,
            "summedByGroup: indices \(indices.shape) do not fit \(shape)")
        let output = Tensor.zeros([count] + rowShape)
        output.scatter(self, indices, length: rowShape.reduce(1, *), adding: true)
        return output.recorded(from: [self]) { upstream, _ in [upstream.gathered(indices)] }
    }

    /// Overwrites rows of the first axis: `self[indices[i]] = rows[i]`, in place. Nothing is recorded.
    ///
    /// - Precondition: every index is below the length of the first axis; rows have the shape of these.
    public func assignRows(_ indices: IndexTensor, _ rows: Tensor) {
        precondition(
            rank >= 1 && rows.shape == indices.shape + shape.dropFirst(),
            "assignRows: \(rows.shape) does not fit rows \(indices.shape) of \(shape)")
        scatter(rows, indices, length: shape.dropFirst().reduce(1, *), adding: false)
    }

    private func scatter(_ rows: Tensor, _ indices: IndexTensor, length: Int, adding: Bool) {
        let name = adding ? "scatter-add rows" : "scatter rows"
        Engine.run(.rows(name, indices, length: length, accesses: adding ? 3 : 2)) {
            $0.scatterRows(rows.array, indices: indices.array, length: length, into: array, adding: adding)
        }
    }

    /// Overwrites runs of elements in place with those of another tensor, or adds them.
    func copyRows(
        of source: Tensor, from: RowPlaces, to: RowPlaces, length: Int, rows: Int, adding: Bool = false
    ) {
        let bytes = (adding ? 3 : 2) * rows * length * MemoryLayout<Float>.stride
        Engine.run(.call(adding ? "add rows" : "copy rows", otherBytes: bytes)) {
            $0.copyRows(source.array, at: from, to: array, at: to, length: length, rows: rows, adding: adding)
        }
    }
}

extension OperationProfile.Work {
    /// - Parameter accesses: how often each element of the rows is read or written.
    fileprivate static func rows(_ name: String, _ indices: IndexTensor, length: Int, accesses: Int) -> Self {
        .call(
            name,
            otherBytes: indices.count * (MemoryLayout<Int32>.stride + accesses * length * MemoryLayout<Float>.stride))
    }
}

/// A range along one axis, seen as equally spaced runs of neighbouring elements.
private struct AxisRun {
    let places: RowPlaces
    let length: Int
    let rows: Int

    /// The same runs side by side.
    var packed: RowPlaces { RowPlaces(start: 0, stride: length) }

    init(_ shape: [Int], axis: Int, start: Int, length: Int) {
        let inner = shape[(axis + 1)...].reduce(1, *)
        places = RowPlaces(start: start * inner, stride: shape[axis] * inner)
        self.length = length * inner
        rows = shape[..<axis].reduce(1, *)
    }
}
