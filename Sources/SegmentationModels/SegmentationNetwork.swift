public import NN
public import TensorEngine

/// An encoder and a head: from images to class scores.
///
/// Children are `backbone` and `decode_head`, as in the checkpoints of DAFormer and its descendants.
public final class SegmentationNetwork: Module {
    public struct Config: Sendable, Equatable {
        public var encoder: MixTransformer.Config
        public var head: DAFormerHead.Config

        /// - Parameter width: channels of the head's fused map.
        public init(encoder: MixTransformer.Config, classCount: Int, width: Int = 256) {
            self.encoder = encoder
            head = DAFormerHead.Config(inputs: encoder.channels, classCount: classCount)
            head.width = width
        }
    }

    /// What a forward pass gives.
    public struct Output {
        /// Class scores at stride 4, `[B, H / 4, W / 4, classCount]`.
        public let logits: Tensor
        /// The encoder's maps at strides 4, 8, 16 and 32.
        public let features: [Tensor]
    }

    public let encoder: MixTransformer
    public let head: DAFormerHead

    /// - Parameter loadsEncoder: the encoder's weights are going to be loaded: zeros, without the seconds that drawing
    ///   them takes. The head's weights do not depend on it.
    public init(_ config: Config, in scope: ModuleScope, loadsEncoder: Bool = false) {
        let drawn = scope.child("backbone")
        encoder = MixTransformer(config.encoder, in: loadsEncoder ? ModuleScope(seed: nil).child(drawn.path) : drawn)
        head = DAFormerHead(config.head, in: scope.child("decode_head"))
    }

    public var children: [(name: String, module: any Module)] { [("backbone", encoder), ("decode_head", head)] }

    /// - Parameter images: `[B, H, W, 3]`, normalised.
    public func callAsFunction(_ images: Tensor, in context: ForwardContext) -> Output {
        let features = encoder(images, in: context)
        return Output(logits: head(features, in: context), features: features)
    }
}
