/// What normalises a map by channel; every array is `[C]`.
package struct BatchNormState {
    package let mean: FloatArray
    /// `1 / sqrt(variance + epsilon)`
    package let inverseDeviation: FloatArray
    package let weight: FloatArray
    package let bias: FloatArray
    /// Whether `max(., 0)` follows in the same pass.
    package let hasReLU: Bool

    package init(
        mean: FloatArray, inverseDeviation: FloatArray, weight: FloatArray, bias: FloatArray, hasReLU: Bool
    ) {
        self.mean = mean
        self.inverseDeviation = inverseDeviation
        self.weight = weight
        self.bias = bias
        self.hasReLU = hasReLU
    }
}

/// What normalises runs of `C / groups` channels of each image.
package struct GroupNormOperands {
    package let groups: Int
    /// `[C]`
    package let weight: FloatArray
    /// `[C]`
    package let bias: FloatArray
    package let epsilon: Float
    /// Whether `max(., 0)` follows in the same pass.
    package let hasReLU: Bool

    package init(groups: Int, weight: FloatArray, bias: FloatArray, epsilon: Float, hasReLU: Bool) {
        self.groups = groups
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
        self.hasReLU = hasReLU
    }
}

/// Normalisation over `[…, C]`. A row is everything but the last axis.
package protocol NormalizationKernels {
    /// Normalises each row; `statistics` is `[rows, 2]` and belongs to the backend.
    func layerNorm(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray, epsilon: Float, into output: FloatArray,
        statistics: FloatArray)
    /// Of input, weight and bias, as far as they are wanted, in one pass.
    func layerNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, weight: FloatArray,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?)

    /// The sum of each channel, then the sum of squares of each, `[2 C]`.
    func channelSums(_ input: FloatArray, into sums: SumArray)
    /// Mean and biased variance of each channel from its sums over `count` rows, and `1 / sqrt(variance + epsilon)`;
    /// all in double precision before they are stored.
    func batchMoments(
        _ sums: SumArray, count: Double, epsilon: Float, mean: FloatArray, variance: FloatArray,
        inverseDeviation: FloatArray)
    /// `output = 1 / sqrt(variance + epsilon)`, in double precision before it is stored.
    func inverseDeviation(_ variance: FloatArray, epsilon: Float, into output: FloatArray)
    func batchNorm(_ input: FloatArray, _ state: BatchNormState, into output: FloatArray)
    /// The sum of each channel's upstream (where the ReLU lets it pass), then of its product with the normalised input,
    /// `[2 C]`.
    func batchNormGradientSums(_ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, into sums: SumArray)
    /// `sums` are those of the whole batch, of `count` rows; `nil` where the statistics do not depend on the input.
    func batchNormInputGradient(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, sums: SumArray?, count: Double,
        into gradient: FloatArray)
    /// From the sums of this process: those of products are the weight's, the others the bias's.
    func batchNormParameterGradients(_ sums: SumArray, weight: GradientSum?, bias: GradientSum?)

    /// Normalises each group of each image of `[B, …, C]`; `statistics` is `[B, 2, C]` and belongs to the backend.
    func groupNorm(
        _ input: FloatArray, _ operands: GroupNormOperands, into output: FloatArray, statistics: FloatArray)
    /// Of input, weight and bias, as far as they are wanted.
    func groupNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, _ operands: GroupNormOperands,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?)
}
