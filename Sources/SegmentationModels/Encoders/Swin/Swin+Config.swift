package import Configuration
public import NN

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
