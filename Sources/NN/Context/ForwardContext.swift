public import Randomness
public import TensorEngine

/// How one forward pass is to run: handed through every layer, so that networks hold no mode of their own.
///
/// | pass | batch statistics | noise |
/// |---|---|---|
/// | training | of the batch | drawn |
/// | pseudo-labels of a teacher | of the batch | none |
/// | evaluation | running | none |
public struct ForwardContext {
    /// Which statistics batch normalisation uses.
    public enum BatchStatistics {
        /// Those collected over training.
        case running
        /// Those of the batch; they also move the running statistics. What makes sums and counts global over ranks is
        /// asked in the forward and in the backward pass; `nil` keeps them local.
        case batch(StatisticsReduction?)

        /// - Parameter reduce: called with sums and count in one list.
        public static func batch(reduce: ((inout [Double]) -> Void)?) -> Self {
            .batch(reduce.map { .onHost($0) })
        }
    }

    public var batchStatistics: BatchStatistics
    /// Share of the batch in the running statistics that a pass moves; `nil` takes each layer's own. With 1 they become
    /// those of the batch.
    public var runningMomentum: Float?
    /// Source of dropout and stochastic depth; `nil` turns both off.
    public var noise: NoiseSource?
    /// What the pass keeps for a backward pass, and what that computes again.
    public var recomputation = Recomputation.none

    public init(batchStatistics: BatchStatistics, noise: NoiseSource?) {
        self.batchStatistics = batchStatistics
        self.noise = noise
    }

    /// Running statistics, no noise.
    public static var evaluation: ForwardContext { ForwardContext(batchStatistics: .running, noise: nil) }

    /// Statistics of the local batch, no noise.
    public static var batchStatisticsOnly: ForwardContext {
        ForwardContext(batchStatistics: .batch(reduce: nil), noise: nil)
    }
}

/// What a backward pass computes again instead of keeping it: memory against time. Results are the same to the bit.
public enum Recomputation: String, Sendable, CaseIterable {
    /// Elementwise operations, norms and depthwise convolutions alone, which cost next to nothing.
    case none
    /// Also the attention of every transformer block.
    case attention
    /// Also every transformer block as a whole.
    case block
}

/// Draws for dropout and stochastic depth that depend on the image, not on the rank that happens to hold it: the same
/// global batch gives the same draws however it is split over ranks.
public struct NoiseSource: Sendable {
    private let seed: UInt64
    private let step: Int
    private let pass: String
    /// Position of each image of the local batch in the global batch.
    private let slots: [Int]

    /// - Parameters:
    ///   - step: training step.
    ///   - pass: names the forward pass within the step, such as `source` or `mixed`.
    ///   - slots: position of each image of the local batch in the global batch.
    public init(seed: UInt64, step: Int, pass: String, slots: [Int]) {
        self.seed = seed
        self.step = step
        self.pass = pass
        self.slots = slots
    }

    /// The draws of a part of the pass that runs through the same layers once more.
    ///
    /// - Parameter name: what tells the part from the rest, such as `detail`.
    public func branch(_ name: String) -> NoiseSource {
        NoiseSource(seed: seed, step: step, pass: "\(pass)/\(name)", slots: slots)
    }

    /// Images in the local batch.
    public var count: Int { slots.count }

    /// The stream of one layer for one image of the local batch.
    ///
    /// - Parameter layer: the layer's name, unique in the network.
    public func stream(layer: String, sample: Int) -> RandomStream {
        RandomStream(seed: seed, .noise(ofLayer: layer, pass: pass), step: step, rank: slots[sample])
    }
}
