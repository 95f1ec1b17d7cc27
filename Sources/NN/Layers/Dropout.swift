import Randomness
public import TensorEngine

/// Drops whole channels of a map: each channel of each image becomes zero with probability `rate`, and what is kept
/// is divided by `1 - rate` (arXiv:1411.4280; PyTorch's `Dropout2d`). Without noise it does nothing.
public final class ChannelDropout: Module {
    private let rate: Float
    private let path: String

    /// - Precondition: `0 <= rate < 1`.
    public init(rate: Float, in scope: ModuleScope) {
        self.rate = checkedRate(rate)
        path = scope.path
    }

    /// - Parameter input: `[B, H, W, C]`
    public func callAsFunction(_ input: Tensor, in context: ForwardContext) -> Tensor {
        guard let noise = context.noise, rate > 0 else { return input }
        precondition(input.rank == 4, "ChannelDropout: input must be [B, H, W, C], got \(input.shape)")
        let (batch, channels) = (input.shape[0], input.shape[3])
        let mask = noise.keepMask(rate: rate, layer: path, count: channels)
        return input.masked(by: Tensor(mask, shape: [batch, 1, 1, channels]))
    }
}

/// Stochastic depth: the whole residual branch of an image becomes zero with probability `rate`, and kept branches are
/// divided by `1 - rate` (arXiv:1603.09382, section 3). Without noise it does nothing.
public final class DropPath: Module {
    private let rate: Float
    private let path: String

    /// - Precondition: `0 <= rate < 1`.
    public init(rate: Float, in scope: ModuleScope) {
        self.rate = checkedRate(rate)
        path = scope.path
    }

    /// - Parameter branch: `[B, …]`
    public func callAsFunction(_ branch: Tensor, in context: ForwardContext) -> Tensor {
        guard let noise = context.noise, rate > 0 else { return branch }
        precondition(branch.rank >= 1, "DropPath: the branch must have a batch axis, got a scalar")
        let shape = [branch.shape[0]] + branch.shape.dropFirst().map { _ in 1 }
        return branch.masked(by: Tensor(noise.keepMask(rate: rate, layer: path, count: 1), shape: shape))
    }
}

/// Drops single elements: each becomes zero with probability `rate`, and what is kept is divided by `1 - rate`
/// (Srivastava et al., JMLR 15, 2014). Without noise it does nothing.
public final class Dropout: Module {
    private let rate: Float
    private let path: String

    /// - Precondition: `0 <= rate < 1`.
    public init(rate: Float, in scope: ModuleScope) {
        self.rate = checkedRate(rate)
        path = scope.path
    }

    /// - Parameter input: `[B, …]`
    public func callAsFunction(_ input: Tensor, in context: ForwardContext) -> Tensor {
        guard let noise = context.noise, rate > 0 else { return input }
        precondition(input.rank >= 1, "Dropout: the input must have a batch axis, got a scalar")
        let elements = input.shape.dropFirst().reduce(1, *)
        return input.masked(by: Tensor(noise.keepMask(rate: rate, layer: path, count: elements), shape: input.shape))
    }
}

private func checkedRate(_ rate: Float) -> Float {
    precondition((0..<1).contains(rate), "dropout: the rate must be at least 0 and below 1, got \(rate)")
    return rate
}

extension Tensor {
    /// `self * mask` with broadcasting; keeps the mask alone for the backward pass.
    fileprivate func masked(by mask: Tensor) -> Tensor {
        let input = Kept(self)
        return (detached() * mask).recorded(from: [self], remadeBy: { input.take() * mask }) { upstream, _ in
            [upstream * mask]
        }
    }
}

extension NoiseSource {
    /// `count` factors for each image, image after image: `0` with probability `rate`, else `1 / (1 - rate)`.
    func keepMask(rate: Float, layer: String, count: Int) -> [Float] {
        let kept = 1 / (1 - rate)
        var mask: [Float] = []
        mask.reserveCapacity(self.count * count)
        for sample in 0..<self.count {
            var stream = stream(layer: layer, sample: sample)
            for _ in 0..<count { mask.append(stream.uniform() < rate ? 0 : kept) }
        }
        return mask
    }
}
