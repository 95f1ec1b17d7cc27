/// What normalises a map by channel; every tensor is `[C]`.
package struct BatchNormState {
    package let mean: Tensor
    /// `1 / sqrt(variance + epsilon)`
    package let inverseDeviation: Tensor
    package let weight: Tensor
    package let bias: Tensor
    /// Whether `max(., 0)` follows in the same pass.
    package let hasReLU: Bool
}

/// Normalisation over `[…, C]`. A row is everything but the last axis.
package protocol NormalizationKernels {
    /// Normalises each row; `statistics` is `[rows, 2]` and belongs to the backend.
    func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into output: Tensor, statistics: Tensor)
    func layerNormInputGradient(
        _ upstream: Tensor, input: Tensor, statistics: Tensor, weight: Tensor, into gradient: Tensor)
    func layerNormParameterGradients(
        _ upstream: Tensor, input: Tensor, statistics: Tensor, weightGradient: Tensor, biasGradient: Tensor)

    /// The sum of each channel, then the sum of squares of each, on the host.
    func channelSums(_ input: Tensor) -> [Double]
    func batchNorm(_ input: Tensor, _ state: BatchNormState, into output: Tensor)
    /// The sum of each channel's upstream (where the ReLU lets it pass), then of its product with the normalised input.
    func batchNormGradientSums(_ upstream: Tensor, input: Tensor, _ state: BatchNormState) -> [Double]
    /// Both means are `[C]`: the sums divided by the number of rows of the whole batch.
    func batchNormInputGradient(
        _ upstream: Tensor, input: Tensor, _ state: BatchNormState, upstreamMean: Tensor, productMean: Tensor,
        into gradient: Tensor)
}
