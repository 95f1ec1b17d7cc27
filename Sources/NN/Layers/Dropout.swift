import Randomness
public import TensorEngine

/// Drops whole channels of a map: each channel of each image becomes zero with probability `rate`, and what is kept
/// is divided by `1 - rate` (arXiv:1411.4280; PyTorch's `Dropout2d`). Without noise it does nothing.
public final class ChannelDropout: Module {
    private let drop: RandomDrop

    /// - Precondition: `0 <= rate < 1`.
    public init(rate: Float, in scope: ModuleScope) { drop = RandomDrop(rate: rate, in: scope) }

    /// - Parameter input: `[B, H, W, C]`
    public func callAsFunction(_ input: Tensor, in context: ForwardContext) -> Tensor {
        drop(input, in: context) { shape in
            precondition(shape.count == 4, "ChannelDropout: input must be [B, H, W, C], got \(shape)")
            return [shape[0], 1, 1, shape[3]]
        }
    }
}

/// Stochastic depth: the whole residual branch of an image becomes zero with probability `rate`, and kept branches are
/// divided by `1 - rate` (arXiv:1603.09382, section 3). Without noise it does nothing.
public final class DropPath: Module {
    private let drop: RandomDrop

    /// - Precondition: `0 <= rate < 1`.
    public init(rate: Float, in scope: ModuleScope) { drop = RandomDrop(rate: rate, in: scope) }

    /// - Parameter branch: `[B, …]`
    public func callAsFunction(_ branch: Tensor, in context: ForwardContext) -> Tensor {
        drop(branch, in: context) { shape in
            precondition(!shape.isEmpty, "DropPath: the branch must have a batch axis, got a scalar")
            return [shape[0]] + shape.dropFirst().map { _ in 1 }
        }
    }
}

/// Drops single elements: each becomes zero with probability `rate`, and what is kept is divided by `1 - rate`
/// (Srivastava et al., JMLR 15, 2014). Without noise it does nothing.
public final class Dropout: Module {
    private let drop: RandomDrop

    /// - Precondition: `0 <= rate < 1`.
    public init(rate: Float, in scope: ModuleScope) { drop = RandomDrop(rate: rate, in: scope) }

    /// - Parameter input: `[B, …]`
    public func callAsFunction(_ input: Tensor, in context: ForwardContext) -> Tensor {
        drop(input, in: context) { shape in
            precondition(!shape.isEmpty, "Dropout: the input must have a batch axis, got a scalar")
            return shape
        }
    }
}

/// What the three have in common: a factor for each group of elements that is dropped or kept as one.
private struct RandomDrop {
    let rate: Float
    /// Of the layer, which keys its draws.
    let path: String

    init(rate: Float, in scope: ModuleScope) {
        precondition((0..<1).contains(rate), "dropout: the rate must be at least 0 and below 1, got \(rate)")
        self.rate = rate
        path = scope.path
    }

    /// - Parameter groups: the shape of the factors, for that of the input; axes of size 1 are dropped as a whole.
    func callAsFunction(
        _ input: Tensor, in context: ForwardContext, groups: (_ shape: [Int]) -> [Int]
    ) -> Tensor {
        guard let noise = context.noise, rate > 0 else { return input }
        let shape = groups(input.shape)
        let factors = noise.keepMask(rate: rate, layer: path, count: shape.dropFirst().reduce(1, *))
        return input.masked(by: Tensor(factors, shape: shape))
    }
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
