package import Configuration
public import NN
public import WeightFiles

extension Swin {
    /// Sizes of a variant.
    public struct Config: Sendable, Equatable {
        /// Channels of the first stage; each stage has twice those of the one before.
        public var width: Int
        /// Blocks of each stage.
        public var depths: [Int]
        /// Attention heads of each stage.
        public var heads: [Int]
        /// Cells of a window's side.
        public var window: Int
        /// Hidden channels of the feed-forward net, as a multiple of the stage's channels.
        public var expansion = 4
        /// Stochastic depth of the last block; it rises linearly from 0 at the first (Mask2Former's code: 0.3).
        public var dropPathRate: Float = 0.3

        public init(width: Int, depths: [Int], heads: [Int], window: Int) {
            self.width = width
            self.depths = depths
            self.heads = heads
            self.window = window
        }

        // Section 3.3 of the paper; windows of B and L are those that were trained on images of 384 pixels.
        public static let tiny = Config(width: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24], window: 7)
        public static let small = Config(width: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24], window: 7)
        public static let base = Config(width: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32], window: 12)
        public static let large = Config(width: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48], window: 12)
    }
}

extension Swin.Config {
    /// Of each stage.
    public var channels: [Int] { (0..<depths.count).map { width << $0 } }

    /// `rate * i / (blocks - 1)` for block `i` of the whole network, cut into stages.
    var dropPathRates: [[Float]] {
        let last = Float(max(depths.reduce(0, +) - 1, 1))
        var block = 0
        return depths.map { depth in
            defer { block += depth }
            return (block..<block + depth).map { dropPathRate * Float($0) / last }
        }
    }

    /// The first stage whose heads do not divide its channels.
    var indivisibleStage: Int? { zip(channels, heads).enumerated().first { $1.0 % $1.1 != 0 }?.offset }
}

extension Swin.Config: EncoderConfig {
    public var layout: FeaturePyramid.Layout { FeaturePyramid.Layout(channels: channels) }

    /// Maps are padded to whole windows, so any image will do.
    public var smallestSide: Int { 1 }

    public var weightNames: [WeightNames] { SwinNames.tables }

    public func makeEncoder(in scope: ModuleScope) -> any Encoder { Swin(self, in: scope) }

    /// Fitted to peaks of `causeway bench step` (T, S and B, crops of 128 to 320). A block keeps its input and sum, the
    /// hidden map, which is four times wider, and in windows, whose padding adds a tenth or more, queries, keys, values
    /// and what is attended.
    public func keptMaps(_ recomputation: Recomputation) -> [Double] {
        let mapsPerBlock = switch recomputation {
        case .none: 10.6
        case .attention: 5.5
        case .block: 1.2
        }
        return depths.map { mapsPerBlock * Double($0) + 10 }
    }

    /// Parts of the gradients of the deepest stage's widest weights.
    public var workspace: Int { 27 * layout.deepest.channels * layout.deepest.channels }

    /// Weights tell every size: there are Swin-B of windows of 7 and of 12.
    public mutating func takeSizes(of file: WeightShapes) throws(WeightsError) {
        width = try file.shape("patch_embed.proj.weight", rank: 4)[0]
        for stage in depths.indices {
            let blocks = "layers.\(stage).blocks"
            depths[stage] = max(1, (0..<64).first { !file.contains("\(blocks).\($0).norm1.weight") } ?? 64)
            let table = try file.shape("\(blocks).0.attn.\(WindowAttention.tableName)", rank: 2)
            heads[stage] = table[1]
            if stage == 0 { window = (Int(Double(table[0]).squareRoot()) + 1) / 2 }
        }
        guard let stage = indivisibleStage else { return }
        throw WeightsError(
            .malformed, file: file.file.path,
            "has tables of relative positions for \(heads[stage]) heads in stage \(stage + 1), which do not divide its "
                + "\(channels[stage]) channels; the file is damaged")
    }

    /// Sizes as `SwinConfig` has them, of a `SwinBackbone` that gives every stage's map.
    public func transformersConfiguration(_ epsilons: LayerNormEpsilons?) -> TransformersConfiguration? {
        TransformersConfiguration([
            .init("architectures", .texts(["SwinBackbone"])), .init("model_type", .text("swin")),
            .init("num_channels", .integer(3)), .init("patch_size", .integer(4)), .init("embed_dim", .integer(width)),
            .init("depths", .integers(depths)), .init("num_heads", .integers(heads)),
            .init("window_size", .integer(window)), .init("mlp_ratio", .number(Double(expansion))),
            .init("qkv_bias", .flag(true)), .init("hidden_act", .text("gelu")),
            .init("hidden_dropout_prob", .number(0)), .init("attention_probs_dropout_prob", .number(0)),
            .init("drop_path_rate", .decimal(dropPathRate)),
            .init("use_absolute_embeddings", .flag(false)), .init("layer_norm_eps", .decimal(layerNormEpsilon)),
            .init("out_features", .texts(depths.indices.map { "stage\($0 + 1)" })),
        ])
    }
}

extension Swin.Config: ConfigurationSection {
    package init() { self = .tiny }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("dropPath", &dropPathRate, .closed(0...0.99))
        try fields.field("width", &width, .closed(1...1024))
        try fields.list("depths", &depths, .closed(1...64), count: 4...4)
        try fields.list("heads", &heads, .closed(1...256), count: 4...4)
        try fields.field("window", &window, .closed(1...64))
        let stage = indivisibleStage ?? 0
        try fields.require(
            indivisibleStage == nil, at: "heads",
            "\(heads[stage]) heads do not divide the \(channels[stage]) channels of stage \(stage + 1), whose width is "
                + "\(width) doubled by each stage; choose a divisor")
    }
}
