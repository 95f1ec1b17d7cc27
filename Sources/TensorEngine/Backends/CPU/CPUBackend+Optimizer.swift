internal import CKernels
internal import Glibc

extension CPUBackend: OptimizerKernels {
    func adamW(
        _ weights: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, range: Range<Int>,
        _ step: AdamWStep
    ) {
        let (w, g) = (weights.floats + range.lowerBound, gradients.floats + range.lowerBound)
        let (m, v) = (firstMoments.floats + range.lowerBound, secondMoments.floats + range.lowerBound)
        let size = Double(step.learningRate) / (1 - pow(Double(step.beta1), Double(step.step)))
        let correction = (1 - pow(Double(step.beta2), Double(step.step))).squareRoot()
        threads.parallelFor(range.count, grain: Self.elementwiseGrain) { part in
            let start = part.lowerBound
            ck_adamw(
                w + start, g + start, m + start, v + start, part.count, step.learningRate, step.weightDecay,
                step.beta1, step.beta2, step.epsilon, Float(size), Float(correction))
        }
    }

    func movingAverage(_ average: Tensor, of value: Tensor, decay: Float) {
        let (to, from) = (average.floats, value.floats)
        threads.parallelFor(average.count, grain: Self.elementwiseGrain) { range in
            ck_moving_average(to + range.lowerBound, from + range.lowerBound, decay, range.count)
        }
    }
}
