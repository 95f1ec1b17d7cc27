/// Learning rate and decay of the weights of one group.
public struct AdamWRate: Sendable {
    public var learningRate: Float
    /// Decoupled: weights shrink by `learningRate * weightDecay`.
    public var weightDecay: Float

    public init(learningRate: Float, weightDecay: Float) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }
}

/// The numbers of one AdamW step that are the same for all weights.
public struct AdamWStep: Sendable {
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    /// Counts from 1; for the bias correction.
    public var step: Int

    public init(beta1: Float, beta2: Float, epsilon: Float, step: Int) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.step = step
    }
}

package protocol OptimizerKernels {
    /// Changes weights and moments in place.
    ///
    /// `runs` is `[count, 2]`: where each run of neighbouring weights of one group ends, and the group, an index into
    /// `rates`. Runs follow each other without gaps from element 0 to the last.
    func adamW(
        _ weights: FloatArray, gradients: FloatArray, firstMoments: FloatArray, secondMoments: FloatArray,
        runs: IndexArray, rates: [AdamWRate], _ step: AdamWStep)
    /// `average = decay * average + (1 - decay) * value`, in place.
    func movingAverage(_ average: FloatArray, of value: FloatArray, decay: Float)
}
