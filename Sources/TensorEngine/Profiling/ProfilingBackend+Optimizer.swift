extension ProfilingBackend: OptimizerKernels {
    /// Reads four lists and writes three.
    package func adamW(
        _ weights: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, range: Range<Int>,
        _ step: AdamWStep
    ) {
        timed("AdamW", reads: [], writes: [], otherBytes: 7 * range.count * MemoryLayout<Float>.stride) {
            base.adamW(
                weights, gradients: gradients, firstMoments: firstMoments, secondMoments: secondMoments, range: range,
                step)
        }
    }

    package func movingAverage(_ average: Tensor, of value: Tensor, decay: Float) {
        timed("moving average", reads: [average, value], writes: [average]) {
            base.movingAverage(average, of: value, decay: decay)
        }
    }
}
