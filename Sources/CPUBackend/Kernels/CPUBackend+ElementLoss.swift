internal import CKernels
package import DeviceSeam

extension CPUBackend {
    /// Elements whose terms are added on their own, whatever the number of threads.
    private static let termsPerBlock = 8192

    package func binaryCrossEntropy(
        _ logits: FloatArray, targets: FloatArray, weights: FloatArray?, gradient: FloatArray?, into loss: FloatArray
    ) {
        let (from, to, of, places) = (logits.floats, targets.floats, weights?.floats, gradient?.floats)
        loss.floats[0] = sumOfTerms(logits.count) { start, count in
            ck_binary_cross_entropy(
                from + start, to + start, of.map { $0 + start }, count, places.map { $0 + start })
        }
    }

    package func absoluteError(
        _ values: FloatArray, targets: FloatArray, gradient: FloatArray?, into loss: FloatArray
    ) {
        let (from, to, places) = (values.floats, targets.floats, gradient?.floats)
        loss.floats[0] = sumOfTerms(values.count) { start, count in
            ck_absolute_error(from + start, to + start, count, places.map { $0 + start })
        }
    }

    /// Adds the sums of blocks in the order of the blocks.
    private func sumOfTerms(_ count: Int, _ block: (_ start: Int, _ count: Int) -> Double) -> Float {
        let blocks = (count + Self.termsPerBlock - 1) / Self.termsPerBlock
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks) { sums in
            nonisolated(unsafe) let sums = sums
            threads.parallelFor(blocks, grain: 2) { range in
                for index in range {
                    let start = index * Self.termsPerBlock
                    sums.initializeElement(at: index, to: block(start, min(Self.termsPerBlock, count - start)))
                }
            }
            return Float(sums.reduce(0, +))
        }
    }
}
