public import TensorEngine

/// Normalises each token over its channels: `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`
/// (arXiv:1607.06450), variance with divisor C, over the last axis.
public final class LayerNorm: NormalizationLayer {
    /// `[C]`
    public let weight: Parameter
    /// `[C]`
    public let bias: Parameter
    /// Added to the variance. Follows the origin of loaded weights.
    public var epsilon: Float

    public init(_ channels: Int, epsilon: Float, in scope: ModuleScope) {
        weight = scope.parameter("weight", shape: [channels], .ones)
        bias = scope.parameter("bias", shape: [channels], .zeros)
        self.epsilon = epsilon
    }

    public var parameters: [(name: String, parameter: Parameter)] { [("weight", weight), ("bias", bias)] }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.layerNormalized(weight: weight.value, bias: bias.value, epsilon: epsilon)
    }
}
