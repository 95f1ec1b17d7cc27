public import NN
public import TensorEngine

/// The hierarchical encoder of SegFormer, MiT (Xie et al., "SegFormer", arXiv:2105.15203, section 3.1).
///
/// Four stages, each an overlapping patch embedding, blocks of attention with reduced keys and values and a
/// convolutional feed-forward net, and a layer norm. Children carry the names of the original release.
///
///     let encoder = MixTransformer(.b0, in: ModuleScope(seed: 1))
///     let maps = encoder(images, in: .evaluation)     // strides 4, 8, 16, 32
public final class MixTransformer: Module {
    /// Sizes of a variant.
    public struct Config: Sendable, Equatable {
        /// Channels of each stage.
        public var channels: [Int]
        /// Blocks of each stage.
        public var depths: [Int]
        /// Attention heads of each stage.
        public var heads: [Int]
        /// Stride of the convolution that shrinks the map of keys and values, for each stage.
        public var reductions: [Int]
        /// Hidden channels of the feed-forward net, as a multiple of the stage's channels.
        public var expansion = 4
        /// Stochastic depth of the last block; it rises linearly from 0 at the first.
        public var dropPathRate: Float = 0.1
        public var epsilons = LayerNormEpsilons.original

        public init(
            channels: [Int], depths: [Int], heads: [Int] = [1, 2, 5, 8], reductions: [Int] = [8, 4, 2, 1]
        ) {
            self.channels = channels
            self.depths = depths
            self.heads = heads
            self.reductions = reductions
        }

        /// The shortest side of an image in pixels: the map of each stage must hold one window of its reduction.
        public var smallestSide: Int {
            zip([4, 8, 16, 32], reductions).map { stride, reduction in (reduction - 1) * stride + 1 }.max() ?? 1
        }

        // Table 6 of the paper.
        public static let b0 = Config(channels: [32, 64, 160, 256], depths: [2, 2, 2, 2])
        public static let b1 = Config(channels: [64, 128, 320, 512], depths: [2, 2, 2, 2])
        public static let b2 = Config(channels: [64, 128, 320, 512], depths: [3, 4, 6, 3])
        public static let b3 = Config(channels: [64, 128, 320, 512], depths: [3, 4, 18, 3])
        public static let b4 = Config(channels: [64, 128, 320, 512], depths: [3, 8, 27, 3])
        public static let b5 = Config(channels: [64, 128, 320, 512], depths: [3, 6, 40, 3])
    }

    public let config: Config
    let stages: [MixTransformerStage]

    /// - Precondition: `config` has four entries for each stage property, and heads divide channels.
    public init(_ config: Config, in scope: ModuleScope) {
        for sizes in [config.channels, config.depths, config.heads, config.reductions] {
            precondition(sizes.count == 4, "MixTransformer: four stages are needed, got \(sizes)")
        }
        self.config = config
        let rates = Self.dropPathRates(config)
        stages = (0..<4).map { MixTransformerStage(index: $0, config, dropPathRates: rates[$0], in: scope) }
        epsilons = config.epsilons
        applyEpsilons()
    }

    /// `rate * i / (blocks - 1)` for block `i` of the whole network, cut into stages.
    private static func dropPathRates(_ config: Config) -> [[Float]] {
        let last = Float(max(config.depths.reduce(0, +) - 1, 1))
        var block = 0
        return config.depths.map { depth in
            defer { block += depth }
            return (block..<block + depth).map { config.dropPathRate * Float($0) / last }
        }
    }

    /// Epsilons of the layer norms; they belong to the weights, so loading a file sets them.
    public var epsilons: LayerNormEpsilons { didSet { applyEpsilons() } }

    private func applyEpsilons() {
        for stage in stages { stage.apply(epsilons) }
    }

    public var children: [(name: String, module: any Module)] { stages.flatMap(\.namedModules) }

    /// Features of images at strides 4, 8, 16 and 32.
    ///
    /// - Parameter images: `[B, H, W, 3]`, normalised.
    /// - Returns: four maps `[B, ceil(H / s), ceil(W / s), C]`, after each stage's norm.
    /// - Precondition: `H` and `W` are at least `config.smallestSide`.
    public func callAsFunction(_ images: Tensor, in context: ForwardContext) -> [Tensor] {
        precondition(
            images.rank == 4 && images.shape[3] == 3,
            "MixTransformer: images must be [B, H, W, 3], got \(images.shape)")
        precondition(
            min(images.shape[1], images.shape[2]) >= config.smallestSide,
            "MixTransformer: sides must be at least \(config.smallestSide), got \(images.shape)")
        var map = images
        return stages.map { stage in
            map = stage(map, in: context)
            return map
        }
    }
}

/// What the layer norms add to the variance; ports of the same weights differ here.
public struct LayerNormEpsilons: Sendable, Equatable {
    /// The two norms of each block and the norm after each stage.
    public var blocks: Float
    /// The norms after patch embedding and after the reduction of keys and values.
    public var embeddings: Float

    public init(blocks: Float, embeddings: Float) {
        self.blocks = blocks
        self.embeddings = embeddings
    }

    /// The SegFormer release (`norm_layer=partial(nn.LayerNorm, eps=1e-6)`; the other norms take PyTorch's default).
    public static let original = LayerNormEpsilons(blocks: 1e-6, embeddings: 1e-5)
    /// Hugging Face transformers, where every norm is a plain `nn.LayerNorm`.
    public static let huggingFace = LayerNormEpsilons(blocks: 1e-5, embeddings: 1e-5)
    /// mmsegmentation, where every norm is made with `norm_cfg=dict(type='LN', eps=1e-6)`.
    public static let mmsegmentation = LayerNormEpsilons(blocks: 1e-6, embeddings: 1e-6)
}
