/// The numbers of one AdamW step that are the same for a run of weights.
public struct AdamWStep: Sendable {
    public var learningRate: Float
    /// Decoupled: weights shrink by `learningRate * weightDecay`.
    public var weightDecay: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    /// Counts from 1; for the bias correction.
    public var step: Int

    public init(learningRate: Float, weightDecay: Float, beta1: Float, beta2: Float, epsilon: Float, step: Int) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.step = step
    }
}

package protocol OptimizerKernels {
    /// Changes elements `range` of weights and moments in place.
    func adamW(
        _ weights: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, range: Range<Int>,
        _ step: AdamWStep)
    /// `average = decay * average + (1 - decay) * value`, in place.
    func movingAverage(_ average: Tensor, of value: Tensor, decay: Float)
}
