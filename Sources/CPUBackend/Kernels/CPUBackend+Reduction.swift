internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func sum(_ input: FloatArray, outer: Int, length: Int, inner: Int, into output: FloatArray) {
        let (from, to) = (input.floats, output.floats)
        if outer >= threads.threadCount || inner == 1 {
            threads.parallelFor(outer, grain: max(1, Self.elementwiseGrain / max(1, length * inner))) { range in
                for o in range {
                    ck_sum_rows(from + o * length * inner, length, inner, inner, to + o * inner)
                }
            }
        } else {
            for o in 0..<outer {
                // Columns, not rows, are shared out: each sum is made by one thread in one order.
                threads.parallelFor(inner, grain: max(16, Self.elementwiseGrain / max(1, length))) { range in
                    ck_sum_rows(
                        from + o * length * inner + range.lowerBound, length, range.count, inner,
                        to + o * inner + range.lowerBound)
                }
            }
        }
    }

    package func sumOfSquares(_ input: FloatArray, into output: SumArray) {
        let from = input.floats
        let chunks = threads.chunkCount(input.count, grain: Self.elementwiseGrain)
        var partial = [Double](repeating: 0, count: chunks)
        partial.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            threads.run(chunks: chunks) { chunk in
                let range = chunk * input.count / chunks..<(chunk + 1) * input.count / chunks
                sums[chunk] = ck_sum_of_squares(from + range.lowerBound, range.count)
            }
        }
        output.pointer[0] = partial.reduce(0, +)
    }
}
