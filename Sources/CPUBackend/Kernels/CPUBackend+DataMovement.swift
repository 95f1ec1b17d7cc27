internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func copyRows(
        _ input: FloatArray, at source: RowPlaces, to output: FloatArray, at destination: RowPlaces, length: Int,
        rows: Int, adding: Bool
    ) {
        guard length > 0 else { return }
        let (from, to) = (input.floats + source.start, output.floats + destination.start)
        threads.parallelFor(rows, grain: max(1, Self.elementwiseGrain / length)) { range in
            guard adding else {
                return ck_copy_rows(
                    from + range.lowerBound * source.stride, source.stride, to + range.lowerBound * destination.stride,
                    destination.stride, length, range.count)
            }
            for row in range { ck_accumulate(to + row * destination.stride, from + row * source.stride, length) }
        }
    }

    package func permute(_ input: FloatArray, axes: [Int], into output: FloatArray) {
        guard output.count > 0 else { return }
        var strides = [Int](repeating: 1, count: input.rank)
        for axis in stride(from: input.rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * input.shape[axis + 1]
        }
        let inputStrides = axes.map { strides[$0] }
        let (from, to) = (input.floats, output.floats)
        let length = output.shape.last ?? 1
        let step = inputStrides.last ?? 1
        let outerShape = output.shape.dropLast()
        threads.parallelFor(output.count / length, grain: max(1, Self.elementwiseGrain / length)) { range in
            for outer in range {
                var rest = outer
                var start = 0
                for axis in outerShape.indices.reversed() {
                    start += rest % outerShape[axis] * inputStrides[axis]
                    rest /= outerShape[axis]
                }
                ck_copy_strided(from + start, step, to + outer * length, length)
            }
        }
    }

    package func gatherRows(_ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray) {
        let (from, to, rows) = (input.floats, output.floats, indices.pointer)
        threads.parallelFor(indices.count, grain: max(1, Self.elementwiseGrain / max(1, length))) { range in
            for i in range {
                if rows[i] < 0 {
                    ck_fill(to + i * length, 0, length)
                } else {
                    (to + i * length).update(from: from + Int(rows[i]) * length, count: length)
                }
            }
        }
    }

    package func scatterRows(
        _ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray, adding: Bool
    ) {
        let (from, to, rows) = (input.floats, output.floats, indices.pointer)
        // Rows may meet in one place, so the columns are shared out.
        threads.parallelFor(length, grain: max(16, Self.elementwiseGrain / max(1, indices.count))) { range in
            for i in 0..<indices.count where rows[i] >= 0 {
                let (place, value) = (Int(rows[i]) * length + range.lowerBound, i * length + range.lowerBound)
                if adding {
                    ck_accumulate(to + place, from + value, range.count)
                } else {
                    (to + place).update(from: from + value, count: range.count)
                }
            }
        }
    }
}
