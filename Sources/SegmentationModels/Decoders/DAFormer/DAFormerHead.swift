package import Configuration
public import NN
import TensorEngine
public import WeightFiles

/// The context-aware decoder of DAFormer (Hoyer et al., arXiv:2111.14887, section 3.2 and figure 2): every stage is
/// embedded to one width, brought to stride 4 and fused by parallel separable convolutions of growing dilation.
///
/// Children carry mmsegmentation's names (`embed_layers`, `fuse_layer`, `conv_seg`).
public final class DAFormerHead: Decoder {
    /// Sizes of the head.
    public struct Config: Sendable, Equatable {
        /// Channels of the fused map.
        public var width = 256
        /// Channels each map is embedded to; nil for as many as `width`.
        public var embedding: Int?
        public var fusion = Fusion.separablePyramid(dilations: [1, 6, 12, 18])
        /// Share of fused channels dropped in training.
        public var dropoutRate: Float = 0.1

        public init() {}
    }

    /// How the embedded maps become one.
    public enum Fusion: Sendable, Equatable {
        /// Parallel branches of these dilations, where 1 is a plain 1x1 convolution, and a 3x3 convolution after them.
        case separablePyramid(dilations: [Int])
        /// One 1x1 convolution, as in the scale attention of HRDA.
        case pointwise
    }

    public let config: Config
    private let inputs: FeaturePyramid.Layout
    private let embeddings: [Linear]
    private let fusion: any LevelFusion
    private let dropout: ChannelDropout
    private let classifier: Conv2d

    /// - Precondition: every size is at least 1.
    public init(_ config: Config, _ inputs: FeaturePyramid.Layout, classCount: Int, in scope: ModuleScope) {
        self.config = config
        self.inputs = inputs
        let embedding = config.embedding ?? config.width
        embeddings = inputs.channels.enumerated().map { level, channels in
            Linear(inputs: channels, outputs: embedding, in: scope.child("embed_layers.\(level).proj"))
        }
        let (channels, place) = (embedding * inputs.levels.count, scope.child("fuse_layer"))
        switch config.fusion {
        case .separablePyramid(let dilations):
            fusion = SeparablePyramid(inputs: channels, width: config.width, dilations: dilations, in: place)
        case .pointwise:
            fusion = PointwiseBranch(inputs: channels, outputs: config.width, in: place)
        }
        dropout = ChannelDropout(rate: config.dropoutRate, in: scope.child("dropout"))
        classifier = Conv2d(
            inputs: config.width, outputs: classCount, kernel: 1, initialization: .normal(deviation: 0.01),
            biasInitialization: .zeros, in: scope.child("conv_seg"))
    }

    public var children: [(name: String, module: any Module)] {
        embeddings.enumerated().map { ("embed_layers.\($0).proj", $1) }
            + [("fuse_layer", fusion), ("conv_seg", classifier)]
    }

    public var parameterGroups: [ParameterGroup] { headParameterGroups }

    /// Class scores at the resolution of the finest map.
    ///
    /// - Parameter pyramid: of the layout the head was made for.
    /// - Returns: logits `[B, h_1, w_1, classCount]`, and the fused map `[B, h_1, w_1, width]`.
    public func callAsFunction(_ pyramid: FeaturePyramid, in context: ForwardContext) -> DecoderOutput {
        precondition(
            pyramid.layout == inputs, "DAFormerHead: made for maps of \(inputs.levels), got \(pyramid.layout.levels)")
        // [B, h_i, w_i, C_i] -> [B, h_i, w_i, E]
        let embedded = zip(embeddings, pyramid.maps).map { $0($1) }
        let (height, width) = (pyramid.finest.shape[1], pyramid.finest.shape[2])
        let fused = fusion(EmbeddedLevels(maps: embedded, height: height, width: width), in: context)
        return DecoderOutput(logits: classifier(dropout(fused, in: context)), fused: fused)
    }
}

extension DAFormerHead.Config: DecoderConfig {
    public var fusedChannels: Int { width }

    /// A tensor of every head of ours and of mmsegmentation, whose names they have.
    public var weightNames: [WeightNames] { [.own(anchor: "embed_layers.0.proj.weight")] }

    /// A head of the same widths whose fusion is a single convolution.
    public var scaleAttention: any DecoderConfig {
        var attention = self
        attention.fusion = .pointwise
        return attention
    }

    /// In multiples of the width; the workspace is the transformed weights of the 3 x 3 convolution of four maps
    /// (Winograd, 36 numbers for 9), and half as much for their gradient. Fitted to `causeway bench step`.
    public var memory: DecoderMemory {
        DecoderMemory(kept: 8 * Double(width), passing: 7 * Double(width), workspace: 36 * 4 * width * width * 3 / 2)
    }

    public func makeDecoder(
        _ inputs: FeaturePyramid.Layout, classCount: Int, in scope: ModuleScope
    ) -> any Decoder { DAFormerHead(self, inputs, classCount: classCount, in: scope) }

    public mutating func takeSizes(of file: WeightShapes) throws(WeightsError) -> Int {
        let classifier = try file.shape("conv_seg.weight", rank: 4)
        width = classifier[1]
        embedding = try file.shape("embed_layers.0.proj.weight", rank: 2)[0]
        return classifier[0]
    }
}

extension DAFormerHead.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("width", &width, .closed(1...8192))
        try fields.optional("embedding", &embedding, .closed(1...8192))
        try fields.field("dropout", &dropoutRate, .closed(0...0.99))
    }
}
