public import TensorEngine

/// Normalises each channel over images and positions (arXiv:1502.03167):
/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`.
///
/// Mean and variance are those of the batch or the running ones, as the context says. A pass with batch statistics
/// moves the running ones: `running = (1 - momentum) * running + momentum * batch`, with the unbiased variance.
public final class BatchNorm2d: NormalizationLayer {
    /// `[C]`
    public let weight: Parameter
    /// `[C]`
    public let bias: Parameter
    /// `[C]`, written in place.
    public let runningMean: Tensor
    /// `[C]`, written in place.
    public let runningVariance: Tensor
    private let epsilon: Float
    private let momentum: Float

    public init(_ channels: Int, epsilon: Float = 1e-5, momentum: Float = 0.1, in scope: ModuleScope) {
        weight = scope.parameter("weight", shape: [channels], .ones)
        bias = scope.parameter("bias", shape: [channels], .zeros)
        runningMean = Tensor.zeros([channels])
        runningVariance = Tensor.ones([channels])
        self.epsilon = epsilon
        self.momentum = momentum
    }

    public var parameters: [(name: String, parameter: Parameter)] { [("weight", weight), ("bias", bias)] }
    public var buffers: [(name: String, buffer: Tensor)] {
        [("running_mean", runningMean), ("running_var", runningVariance)]
    }

    /// - Parameters:
    ///   - input: `[B, H, W, C]`
    ///   - relu: whether `max(y, 0)` follows, in the same pass over memory.
    public func callAsFunction(_ input: Tensor, in context: ForwardContext, relu: Bool = false) -> Tensor {
        normalized(
            input, weight: weight.value, bias: bias.value, mean: runningMean, variance: runningVariance, in: context,
            relu: relu)
    }

    /// The same for an input that holds only the channels `channels` of the layer.
    public func callAsFunction(
        _ input: Tensor, channels: Range<Int>, in context: ForwardContext, relu: Bool = false
    ) -> Tensor {
        let shape = [channels.count]
        return normalized(
            input, weight: weight.value.sliced(channels, axis: 0), bias: bias.value.sliced(channels, axis: 0),
            mean: runningMean.view(from: channels.lowerBound, shape: shape),
            variance: runningVariance.view(from: channels.lowerBound, shape: shape), in: context, relu: relu)
    }

    private func normalized(
        _ input: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, in context: ForwardContext,
        relu: Bool
    ) -> Tensor {
        let statistics: NormalizationStatistics = switch context.batchStatistics {
        case .running: .running(mean: mean, variance: variance)
        case .batch(let reduction): .batch(reduction)
        }
        let (output, moments) = input.batchNormalized(
            weight: weight, bias: bias, epsilon: epsilon, statistics: statistics, relu: relu)
        moments?.update(mean: mean, variance: variance, momentum: context.runningMomentum ?? momentum)
        return output
    }
}
