internal import CKernels
package import DeviceSeam
internal import Glibc

extension CPUBackend {
    package func adamW(
        _ weights: FloatArray, gradients: FloatArray, firstMoments: FloatArray, secondMoments: FloatArray,
        runs: IndexArray, rates: [AdamWRate], _ step: AdamWStep
    ) {
        let (w, g, m, v) = (weights.floats, gradients.floats, firstMoments.floats, secondMoments.floats)
        let (table, runCount) = (runs.pointer, runs.count / 2)
        let shrinkage = 1 - pow(Double(step.beta1), Double(step.step))
        let correction = (1 - pow(Double(step.beta2), Double(step.step))).squareRoot()
        threads.parallelFor(weights.count, grain: Self.elementwiseGrain) { part in
            var start = part.lowerBound
            for run in 0..<runCount where Int(table[2 * run]) > start && start < part.upperBound {
                let end = min(part.upperBound, Int(table[2 * run]))
                let rate = rates[Int(table[2 * run + 1])]
                ck_adamw(
                    w + start, g + start, m + start, v + start, end - start, rate.learningRate, rate.weightDecay,
                    step.beta1, step.beta2, step.epsilon, Float(Double(rate.learningRate) / shrinkage),
                    Float(correction))
                start = end
            }
        }
    }

    package func movingAverage(_ average: FloatArray, of value: FloatArray, decay: Float) {
        let (to, from) = (average.floats, value.floats)
        threads.parallelFor(average.count, grain: Self.elementwiseGrain) { range in
            ck_moving_average(to + range.lowerBound, from + range.lowerBound, decay, range.count)
        }
    }
}
