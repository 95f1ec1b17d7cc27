public import NN
public import TensorEngine

/// An encoder and a head: from images to class scores, at one resolution or at two (HRDA, arXiv:2204.13132).
///
/// Children are `backbone` and `decode_head`, as in the checkpoints of DAFormer and its descendants.
public final class SegmentationNetwork: Module {
    public struct Config: Sendable, Equatable {
        public var encoder: MixTransformer.Config
        public var head: DAFormerHead.Config
        /// nil: the image passes through the network once, as it is.
        public var multiResolution: MultiResolutionConfig?

        /// - Parameter width: channels of the head's fused map.
        public init(encoder: MixTransformer.Config, classCount: Int, width: Int = 256) {
            self.encoder = encoder
            head = DAFormerHead.Config(inputs: encoder.channels, classCount: classCount)
            head.width = width
        }
    }

    /// What a forward pass gives.
    public struct Output {
        /// Class scores at stride 4, `[B, H / 4, W / 4, classCount]`; those of both resolutions, where there are two.
        public let logits: Tensor
        /// The encoder's maps at strides 4, 8, 16 and 32 of `featureImages`.
        public let features: [Tensor]
        /// What the detail window alone gave; nil at one resolution, and in passes with detail everywhere.
        public let detail: Detail?

        /// Class scores of a detail window.
        public struct Detail {
            /// At stride 4 of the window, `[B, h / 4, w / 4, classCount]`.
            public let logits: Tensor
            public let window: DetailWindow
        }
    }

    public let encoder: MixTransformer
    public let head: DAFormerHead
    /// The head as part of HRDA's; nil at one resolution.
    let multiResolutionHead: MultiResolutionHead?

    /// - Parameter loadsEncoder: the encoder's weights are going to be loaded: zeros, without the seconds that drawing
    ///   them takes. The head's weights do not depend on it.
    /// - Precondition: sizes that fit each other, as documented.
    public init(_ config: Config, in scope: ModuleScope, loadsEncoder: Bool = false) {
        let drawn = scope.child("backbone")
        encoder = MixTransformer(config.encoder, in: loadsEncoder ? ModuleScope(seed: nil).child(drawn.path) : drawn)
        let place = scope.child("decode_head")
        multiResolutionHead = config.multiResolution.map { MultiResolutionHead($0, head: config.head, in: place) }
        head = multiResolutionHead?.head ?? DAFormerHead(config.head, in: place)
    }

    private init(encoder: MixTransformer, head: DAFormerHead, _ multiResolutionHead: MultiResolutionHead?) {
        self.encoder = encoder
        self.head = head
        self.multiResolutionHead = multiResolutionHead
    }

    /// The same encoder and head, weights shared, under the names of a network of one resolution.
    var atOneResolution: SegmentationNetwork { SegmentationNetwork(encoder: encoder, head: head, nil) }

    /// The same encoder and head, weights shared, under the names of a network of two resolutions.
    var atTwoResolutions: SegmentationNetwork {
        SegmentationNetwork(encoder: encoder, head: head, MultiResolutionHead(sharing: head))
    }

    public var children: [(name: String, module: any Module)] {
        let decoder: any Module = multiResolutionHead ?? head
        return [("backbone", encoder), ("decode_head", decoder)]
    }

    /// The resolutions; nil where there is one.
    public var multiResolution: MultiResolutionConfig? { multiResolutionHead?.config }

    /// The shortest side of an image in pixels.
    public var smallestSide: Int { encoder.config.smallestSide * (multiResolution?.contextReduction ?? 1) }

    /// A pass of a training step; at two resolutions it sees detail in one window.
    ///
    /// - Parameters:
    ///   - images: `[B, H, W, 3]`, normalised; at two resolutions `H` and `W` are multiples of their `alignment`.
    ///   - detail: a window inside the images, whose numbers are multiples of it as well. nil at one resolution; at
    ///     two, nil asks for detail everywhere.
    public func callAsFunction(_ images: Tensor, detail: DetailWindow?, in context: ForwardContext) -> Output {
        guard let detail else { return self(images, in: context) }
        guard let multiResolutionHead else {
            preconditionFailure("SegmentationNetwork: a network of one resolution has no detail window")
        }
        return trainingPass(images, detail, multiResolutionHead, in: context)
    }

    /// A pass of a teacher or of an evaluation; at two resolutions it sees detail everywhere, in windows.
    ///
    /// With batch statistics all windows of all images are one batch, window after window, as in HRDA's code.
    ///
    /// - Parameter images: `[B, H, W, 3]`, normalised. At two resolutions, sides that are no multiples of their
    ///   `alignment` are first brought to the next one, bilinearly; the logits are then those of that size.
    /// - Precondition: at two resolutions there is no noise in `context`.
    public func callAsFunction(_ images: Tensor, in context: ForwardContext) -> Output {
        if let multiResolutionHead { return inferencePass(images, multiResolutionHead, in: context) }
        let features = encoder(images, in: context)
        return Output(logits: head(features, in: context), features: features, detail: nil)
    }

    /// The images that `features` are of: the context at two resolutions, the images themselves at one.
    public func featureImages(_ images: Tensor) -> Tensor {
        guard let multiResolution else { return images }
        let sides = (images.shape[1], images.shape[2])
        return images.resized(
            height: multiResolution.aligned(sides.0) / multiResolution.contextReduction,
            width: multiResolution.aligned(sides.1) / multiResolution.contextReduction)
    }

    /// The encoder's maps of `featureImages(images)`.
    public func features(_ images: Tensor, in context: ForwardContext) -> [Tensor] {
        encoder(featureImages(images), in: context)
    }
}
