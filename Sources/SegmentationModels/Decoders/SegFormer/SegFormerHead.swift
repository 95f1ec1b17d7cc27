package import Configuration
public import NN
import TensorEngine
public import WeightFiles

/// The all-MLP decoder of SegFormer (Xie et al., arXiv:2105.15203, section 3.2): every stage is embedded to one width,
/// brought to stride 4, and one 1x1 convolution fuses them.
///
/// Children carry the names of the release.
public final class SegFormerHead: Decoder {
    public struct Config: Sendable, Equatable {
        /// Channels of the embedded maps and of the fused one (SegFormer: 256 for B0 and B1, 768 for B2 to B5).
        public var width = 256
        /// Share of fused channels dropped in training.
        public var dropoutRate: Float = 0.1

        public init() {}
    }

    public let config: Config
    private let inputs: FeaturePyramid.Layout
    private let embeddings: [Linear]
    private let fusion: PointwiseBranch
    private let dropout: ChannelDropout
    private let classifier: Conv2d

    /// - Precondition: every size is at least 1.
    public init(_ config: Config, _ inputs: FeaturePyramid.Layout, classCount: Int, in scope: ModuleScope) {
        self.config = config
        self.inputs = inputs
        embeddings = inputs.channels.enumerated().map { level, channels in
            Linear(inputs: channels, outputs: config.width, in: scope.child(Self.embeddingName(level)))
        }
        fusion = PointwiseBranch(
            inputs: config.width * inputs.levels.count, outputs: config.width, in: scope.child("linear_fuse"))
        dropout = ChannelDropout(rate: config.dropoutRate, in: scope.child("dropout"))
        classifier = Conv2d(
            inputs: config.width, outputs: classCount, kernel: 1, initialization: .normal(deviation: 0.01),
            biasInitialization: .zeros, in: scope.child("linear_pred"))
    }

    /// The release counts stages from 1.
    private static func embeddingName(_ level: Int) -> String { "linear_c\(level + 1).proj" }

    public var children: [(name: String, module: any Module)] {
        embeddings.enumerated().map { (Self.embeddingName($0), $1) }
            + [("linear_fuse", fusion), ("linear_pred", classifier)]
    }

    public var parameterGroups: [ParameterGroup] { headParameterGroups }

    public func callAsFunction(_ pyramid: FeaturePyramid, in context: ForwardContext) -> DecoderOutput {
        precondition(
            pyramid.layout == inputs, "SegFormerHead: made for maps of \(inputs.levels), got \(pyramid.layout.levels)")
        // [B, h_i, w_i, C_i] -> [B, h_i, w_i, E]; the release fuses them deepest first
        let embedded = zip(embeddings, pyramid.maps).map { $0($1) }.reversed()
        let (height, width) = (pyramid.finest.shape[1], pyramid.finest.shape[2])
        let fused = fusion(EmbeddedLevels(maps: Array(embedded), height: height, width: width), in: context)
        return DecoderOutput(logits: classifier(dropout(fused, in: context)), fused: fused)
    }
}

extension SegFormerHead.Config: DecoderConfig {
    public var fusedChannels: Int { width }

    public var weightNames: [WeightNames] { SegFormerHeadNames.tables }

    /// HRDA's attention, of this head's width.
    public var scaleAttention: any DecoderConfig {
        var attention = DAFormerHead.Config()
        attention.width = width
        attention.fusion = .pointwise
        attention.dropoutRate = dropoutRate
        return attention
    }

    /// In multiples of the width: embedded and fused maps, and what norm and activation keep.
    public var memory: DecoderMemory { DecoderMemory(kept: 5 * Double(width), passing: 4 * Double(width)) }

    public func makeDecoder(
        _ inputs: FeaturePyramid.Layout, classCount: Int, in scope: ModuleScope
    ) -> any Decoder { SegFormerHead(self, inputs, classCount: classCount, in: scope) }

    public mutating func takeSizes(of file: WeightShapes) throws(WeightsError) -> Int {
        let classifier = try file.shape("linear_pred.weight", rank: 4)
        width = classifier[1]
        return classifier[0]
    }
}

extension SegFormerHead.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("width", &width, .closed(1...8192))
        try fields.field("dropout", &dropoutRate, .closed(0...0.99))
    }
}
