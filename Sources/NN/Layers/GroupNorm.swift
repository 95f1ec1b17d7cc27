public import TensorEngine

/// Normalises runs of channels of each image over its positions (arXiv:1803.08494):
/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`.
public final class GroupNorm: NormalizationLayer {
    /// `[C]`
    public let weight: Parameter
    /// `[C]`
    public let bias: Parameter
    private let groups: Int
    private let epsilon: Float

    /// - Precondition: `groups` divides `channels`.
    public init(groups: Int, _ channels: Int, epsilon: Float = 1e-5, in scope: ModuleScope) {
        precondition(
            groups >= 1 && channels.isMultiple(of: groups),
            "GroupNorm: \(channels) channels cannot be cut into \(groups) groups")
        weight = scope.parameter("weight", shape: [channels], .ones)
        bias = scope.parameter("bias", shape: [channels], .zeros)
        self.groups = groups
        self.epsilon = epsilon
    }

    public var parameters: [(name: String, parameter: Parameter)] { [("weight", weight), ("bias", bias)] }

    /// - Parameters:
    ///   - input: `[B, h, w, C]`
    ///   - relu: whether `max(y, 0)` follows, in the same pass over memory.
    public func callAsFunction(_ input: Tensor, relu: Bool = false) -> Tensor {
        input.groupNormalized(
            groups: groups, weight: weight.value, bias: bias.value, epsilon: epsilon, relu: relu)
    }
}
