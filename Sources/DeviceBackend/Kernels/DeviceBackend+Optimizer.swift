package import DeviceSeam
internal import Glibc

extension DeviceBackend {
    package func adamW(
        _ weights: FloatArray, gradients: FloatArray, firstMoments: FloatArray, secondMoments: FloatArray,
        runs: IndexArray, rates: [AdamWRate], _ step: AdamWStep
    ) {
        guard weights.count > 0 else { return }
        let shrinkage = 1 - pow(Double(step.beta1), Double(step.step))
        let correction = Float((1 - pow(Double(step.beta2), Double(step.step))).squareRoot())
        let table = uploaded(
            rates.flatMap { [$0.learningRate, $0.weightDecay, Float(Double($0.learningRate) / shrinkage)] })
        context.launch(
            "adamw", each: weights.count,
            [
                weights, gradients, firstMoments, secondMoments, runs, runs.count / 2, table, step.beta1, step.beta2,
                step.epsilon, 1 / correction, weights.count,
            ])
    }

    package func movingAverage(_ average: FloatArray, of value: FloatArray, decay: Float) {
        context.launch("moving_average", each: average.count, [average, value, decay, average.count])
    }
}
