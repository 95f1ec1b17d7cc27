public import TensorEngine

/// Normalises each channel over images and positions (arXiv:1502.03167):
/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`.
///
/// Mean and variance are those of the batch or the running ones, as the context says. A pass with batch statistics
/// moves the running ones: `running = (1 - momentum) * running + momentum * batch`, with the unbiased variance.
public final class BatchNorm2d: Module {
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

    /// - Parameter input: `[B, H, W, C]`
    public func callAsFunction(_ input: Tensor, in context: ForwardContext) -> Tensor {
        switch context.batchStatistics {
        case .running:
            return (input - runningMean) / (runningVariance + epsilon).squareRoot() * weight.value + bias.value
        case .batch:
            let count = Float(input.count / weight.count)
            let mean = input.mean([0, 1, 2])
            let centred = input - mean
            let variance = centred.squared().mean([0, 1, 2])
            runningMean.assign(runningMean * (1 - momentum) + mean.detached() * momentum)
            runningVariance.assign(
                runningVariance * (1 - momentum) + variance.detached() * (momentum * count / (count - 1)))
            return centred / (variance + epsilon).squareRoot() * weight.value + bias.value
        }
    }
}
