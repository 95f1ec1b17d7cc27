internal import CKernels

extension CPUBackend: DataMovementKernels {
    func copyRows(
        _ input: Tensor, inputStart: Int, inputStride: Int, to output: Tensor, outputStart: Int, outputStride: Int,
        length: Int, rows: Int
    ) {
        guard length > 0 else { return }
        let (from, to) = (input.floats + inputStart, output.floats + outputStart)
        threads.parallelFor(rows, grain: max(1, Self.elementwiseGrain / length)) { range in
            ck_copy_rows(
                from + range.lowerBound * inputStride, inputStride, to + range.lowerBound * outputStride, outputStride,
                length, range.count)
        }
    }

    func permute(_ input: Tensor, axes: [Int], into output: Tensor) {
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

    func gatherRows(_ input: Tensor, indices: IndexTensor, length: Int, into output: Tensor) {
        let (from, to, rows) = (input.floats, output.floats, indices.indices)
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

    func scatterAddRows(_ input: Tensor, indices: IndexTensor, length: Int, into output: Tensor) {
        let (from, to, rows) = (input.floats, output.floats, indices.indices)
        // Rows may meet in one place, so the columns are shared out.
        threads.parallelFor(length, grain: max(16, Self.elementwiseGrain / max(1, indices.count))) { range in
            for i in 0..<indices.count where rows[i] >= 0 {
                ck_accumulate(
                    to + Int(rows[i]) * length + range.lowerBound, from + i * length + range.lowerBound, range.count)
            }
        }
    }
}
