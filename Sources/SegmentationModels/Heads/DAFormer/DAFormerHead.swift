public import NN
public import TensorEngine

/// The context-aware decoder of DAFormer (Hoyer et al., arXiv:2111.14887, section 3.2 and figure 2): every stage is
/// embedded to one width, brought to stride 4 and fused by parallel separable convolutions of growing dilation.
///
/// Children carry mmsegmentation's names (`embed_layers`, `fuse_layer`, `conv_seg`).
public final class DAFormerHead: Module {
    /// Sizes of the head.
    public struct Config: Sendable, Equatable {
        /// Channels of the encoder's maps, finest first.
        public var inputs: [Int]
        public var classCount: Int
        /// Channels each map is embedded to.
        public var embedding = 256
        /// Channels of the fused map.
        public var width = 256
        public var fusion = Fusion.separablePyramid(dilations: [1, 6, 12, 18])
        /// Share of fused channels dropped in training.
        public var dropoutRate: Float = 0.1

        public init(inputs: [Int], classCount: Int) {
            self.inputs = inputs
            self.classCount = classCount
        }
    }

    /// How the embedded maps become one.
    public enum Fusion: Sendable, Equatable {
        /// Parallel branches of these dilations, where 1 is a plain 1x1 convolution, and a 3x3 convolution after them.
        case separablePyramid(dilations: [Int])
        /// One 1x1 convolution, as in the scale attention of HRDA.
        case pointwise
    }

    public let config: Config
    private let embeddings: [Linear]
    private let fusion: any LevelFusion
    private let dropout: ChannelDropout
    private let classifier: Conv2d

    /// - Precondition: at least one input; every size is at least 1.
    public init(_ config: Config, in scope: ModuleScope) {
        precondition(!config.inputs.isEmpty, "DAFormerHead: needs the channels of at least one map")
        self.config = config
        embeddings = config.inputs.enumerated().map { level, channels in
            Linear(inputs: channels, outputs: config.embedding, in: scope.child("embed_layers.\(level).proj"))
        }
        let (inputs, place) = (config.embedding * config.inputs.count, scope.child("fuse_layer"))
        switch config.fusion {
        case .separablePyramid(let dilations):
            fusion = SeparablePyramid(inputs: inputs, width: config.width, dilations: dilations, in: place)
        case .pointwise:
            fusion = PointwiseBranch(inputs: inputs, outputs: config.width, in: place)
        }
        dropout = ChannelDropout(rate: config.dropoutRate, in: scope.child("dropout"))
        classifier = Conv2d(
            inputs: config.width, outputs: config.classCount, kernel: 1, initialization: .normal(deviation: 0.01),
            biasInitialization: .zeros, in: scope.child("conv_seg"))
    }

    public var children: [(name: String, module: any Module)] {
        embeddings.enumerated().map { ("embed_layers.\($0).proj", $1) }
            + [("fuse_layer", fusion), ("conv_seg", classifier)]
    }

    /// Class scores at the resolution of the finest map.
    ///
    /// - Parameter maps: the encoder's maps `[B, h, w, C_i]`, finest first.
    /// - Returns: logits `[B, h_1, w_1, classCount]`.
    public func callAsFunction(_ maps: [Tensor], in context: ForwardContext) -> Tensor {
        classifier(dropout(fused(maps, in: context), in: context))
    }

    /// The fused map before the classifier, `[B, h_1, w_1, width]`.
    public func fused(_ maps: [Tensor], in context: ForwardContext) -> Tensor {
        precondition(
            maps.map { $0.shape.last } == config.inputs,
            "DAFormerHead: maps must have \(config.inputs) channels, got \(maps.map(\.shape))")
        let (height, width) = (maps[0].shape[1], maps[0].shape[2])
        // [B, h_i, w_i, C_i] -> [B, h_i, w_i, E]
        let embedded = zip(embeddings, maps).map { $0($1) }
        return fusion(EmbeddedLevels(maps: embedded, height: height, width: width), in: context)
    }
}
