package import Configuration
public import NN
public import TensorEngine

/// The hierarchical encoder of SegFormer, MiT (Xie et al., "SegFormer", arXiv:2105.15203, section 3.1).
///
/// Four stages, each an overlapping patch embedding, blocks of attention with reduced keys and values and a
/// convolutional feed-forward net, and a layer norm. Children carry the names of the original release.
///
///     let encoder = MixTransformer(.b0, in: ModuleScope(seed: 1))
///     let maps = encoder(images, in: .evaluation)     // strides 4, 8, 16, 32
public final class MixTransformer: Encoder {
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
        epsilons = config.epsilons
        let rates = Self.dropPathRates(config)
        stages = (0..<4).map { MixTransformerStage(index: $0, config, dropPathRates: rates[$0], in: scope) }
        applyEpsilons(config.epsilons)
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
    public var epsilons: LayerNormEpsilons? { didSet { epsilons.map(applyEpsilons) } }

    private func applyEpsilons(_ epsilons: LayerNormEpsilons) {
        for stage in stages { stage.apply(epsilons) }
    }

    /// Normalisation layers do not decay as the rest does (DAFormer code: parameters with "norm" in their name).
    public var parameterGroups: [ParameterGroup] { encoderParameterGroups }

    public var children: [(name: String, module: any Module)] { stages.flatMap(\.namedModules) }

    /// Features of images at strides 4, 8, 16 and 32.
    ///
    /// - Parameter images: `[B, H, W, 3]`, normalised.
    /// - Returns: four maps `[B, ceil(H / s), ceil(W / s), C]`, after each stage's norm.
    /// - Precondition: `H` and `W` are at least `config.smallestSide`.
    public func callAsFunction(_ images: Tensor, in context: ForwardContext) -> FeaturePyramid {
        precondition(
            images.rank == 4 && images.shape[3] == 3,
            "MixTransformer: images must be [B, H, W, 3], got \(images.shape)")
        precondition(
            min(images.shape[1], images.shape[2]) >= config.smallestSide,
            "MixTransformer: sides must be at least \(config.smallestSide), got \(images.shape)")
        var map = images
        let maps = stages.map { stage in
            map = stage(map, in: context)
            return map
        }
        return FeaturePyramid(config.layout, maps: maps)
    }
}

extension MixTransformer.Config: EncoderConfig {
    public var layout: FeaturePyramid.Layout { FeaturePyramid.Layout(channels: channels) }

    /// The map of each stage must hold one window of its reduction.
    public var smallestSide: Int {
        zip(layout.levels, reductions).map { level, reduction in (reduction - 1) * level.stride + 1 }.max() ?? 1
    }

    public var weightNames: [WeightNames] { MixTransformerNames.tables }

    public func makeEncoder(in scope: ModuleScope) -> any Encoder { MixTransformer(self, in: scope) }

    /// Fitted to peaks of `causeway bench step` (B0, B2 and B5, crops of 128 to 512, one and two resolutions). A block
    /// keeps its input and sum, queries, attended values, and the hidden map, which is four times wider; a stage
    /// besides its embedding and norms, and the block whose backward pass is under way.
    public func keptMaps(_ recomputation: Recomputation) -> [Double] {
        let mapsPerBlock = switch recomputation {
        case .none: 8.7
        case .attention: 6.3
        case .block: 1.2
        }
        return depths.map { mapsPerBlock * Double($0) + 30 }
    }

    /// Sizes as `SegformerConfig` has them. Its layer norms all have the epsilon 1e-5, whatever is written here.
    public func transformersConfiguration(_ epsilons: LayerNormEpsilons?) -> TransformersConfiguration? {
        let epsilon = (epsilons ?? self.epsilons).blocks
        let fields: [TransformersField] = [
            .init("architectures", .texts(["SegformerModel"])), .init("model_type", .text("segformer")),
            .init("num_channels", .integer(3)), .init("num_encoder_blocks", .integer(depths.count)),
            .init("depths", .integers(depths)), .init("hidden_sizes", .integers(channels)),
            .init("num_attention_heads", .integers(heads)), .init("sr_ratios", .integers(reductions)),
            .init("patch_sizes", .integers([7, 3, 3, 3])), .init("strides", .integers([4, 2, 2, 2])),
            .init("mlp_ratios", .integers(depths.map { _ in expansion })), .init("hidden_act", .text("gelu")),
            .init("hidden_dropout_prob", .number(0)), .init("attention_probs_dropout_prob", .number(0)),
            .init("drop_path_rate", .decimal(dropPathRate)), .init("reshape_last_stage", .flag(true)),
            .init("layer_norm_eps", .decimal(epsilon)),
        ]
        return TransformersConfiguration(fields, encoderPrefix: "segformer.")
    }
}

extension MixTransformer.Config: ConfigurationSection {
    package init() { self = .b5 }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("dropPath", &dropPathRate, .closed(0...0.99))
    }
}
