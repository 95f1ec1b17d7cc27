public import NN
public import TensorEngine

/// Re-estimates the statistics of batch normalisation on unlabelled images, such as those of a new domain; weights stay
/// as they are (adaptive batch normalisation, arXiv:1603.04779).
///
/// Each channel gets the mean and the variance over all images seen: `E[m_b]` and `E[v_b + m_b^2] - E[m_b]^2` from the
/// means `m_b` and variances `v_b` of the batches, weighted by their images. Within a pass each layer normalises by the
/// batch's own statistics, so batches should hold several images.
///
///     let trained = BufferSnapshot(of: network)
///     var estimator = BatchStatisticsEstimator(network)
///     for batch in batches { estimator.observe(batch) { _ = network($0, in: $1) } }
///     try world.allReduce(&estimator.sums, .sum)      // where images are shared out
///     estimator.apply()
///     …
///     trained.restore()
///
/// - Note: the variance of a batch is the unbiased one, as running statistics are; over the thousands of pixels of a
///   map the factor `n / (n - 1)` is below the noise.
public struct BatchStatisticsEstimator {
    /// Images seen; then for each channel of each layer `sum(m_b)`, and likewise `sum(v_b + m_b^2)`. Sums of several
    /// workers add up.
    public var sums: [Double]
    private let layers: [BatchNorm2d]

    /// - Parameter network: its running statistics are scratch space from the first `observe` to `apply`.
    public init(_ network: any Module) {
        layers = Self.layers(of: network)
        sums = [Double](repeating: 0, count: 1 + 2 * layers.reduce(0) { $0 + $1.runningMean.count })
    }

    private static func layers(of module: any Module) -> [BatchNorm2d] {
        ((module as? BatchNorm2d).map { [$0] } ?? []) + module.children.flatMap { layers(of: $0.module) }
    }

    /// Adds the statistics of a batch.
    ///
    /// - Parameters:
    ///   - images: `[B, H, W, 3]`, normalised.
    ///   - forward: passes the images through the network in the context given.
    public mutating func observe(_ images: Tensor, forward: (Tensor, ForwardContext) -> Void) {
        guard images.shape[0] > 0 else { return }
        var context = ForwardContext.batchStatisticsOnly
        context.runningMomentum = 1
        withoutGradients { forward(images, context) }
        let weight = Double(images.shape[0])
        sums[0] += weight
        var place = 1
        for layer in layers {
            let (means, variances) = (layer.runningMean.values(), layer.runningVariance.values())
            for channel in means.indices {
                let mean = Double(means[channel])
                sums[place + channel] += weight * mean
                sums[place + means.count + channel] += weight * (Double(variances[channel]) + mean * mean)
            }
            place += 2 * means.count
        }
    }

    /// Writes the statistics of all images seen into the network.
    ///
    /// - Precondition: at least one image was seen.
    public func apply() {
        precondition(sums[0] > 0, "BatchStatisticsEstimator: no image was seen")
        var place = 1
        for layer in layers {
            let count = layer.runningMean.count
            let means = sums[place..<place + count].map { $0 / sums[0] }
            let squares = sums[place + count..<place + 2 * count].map { $0 / sums[0] }
            layer.runningMean.assign(Tensor(means.map { Float($0) }, shape: [count]))
            layer.runningVariance.assign(
                Tensor(zip(means, squares).map { Float(max($1 - $0 * $0, 0)) }, shape: [count]))
            place += 2 * count
        }
    }
}
