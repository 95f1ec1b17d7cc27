public import NN
public import TensorEngine

/// An encoder with a decoder of classes, from images to class scores at one resolution or at two (HRDA,
/// arXiv:2204.13132); with a decoder of objects; or with both.
///
/// Children are `backbone` and `decode_head`, as in the checkpoints of DAFormer and its descendants, and those of the
/// decoder of objects.
public final class SegmentationNetwork: ParameterGrouping {
    public struct Config: Sendable {
        public var encoder: any EncoderConfig
        /// nil for a network of objects alone.
        public var decoder: (any DecoderConfig)?
        public var classCount: Int
        /// What finds objects beside the class scores, and the train ids of their classes; nil for class maps alone.
        public var objects: (decoder: any ObjectDecoderConfig, things: [UInt8])?
        /// nil: the image passes through the network once, as it is.
        public var multiResolution: MultiResolutionConfig?
        /// Numbers that a projection of the fused map gives, which only training has; nil for none.
        public var textProjection: Int?

        public init(
            encoder: any EncoderConfig, decoder: (any DecoderConfig)?, classCount: Int,
            objects: (decoder: any ObjectDecoderConfig, things: [UInt8])? = nil,
            multiResolution: MultiResolutionConfig? = nil, textProjection: Int? = nil
        ) {
            self.textProjection = textProjection
            self.objects = objects
            self.encoder = encoder
            self.decoder = decoder
            self.classCount = classCount
            self.multiResolution = multiResolution
        }
    }

    /// What a forward pass gives.
    public struct Output {
        /// What the decoder of classes gives: scores `[B, H / s, W / s, classCount]` at the encoder's finest stride
        /// `s`, those of both resolutions where there are two, and what they are scores of, `[B, h, w, C]` at the
        /// finest stride of `featureImages`. nil where the network has none.
        public let decoded: DecoderOutput?
        /// The encoder's maps of `featureImages`, which are padded before where objects are all that is found.
        public let features: FeaturePyramid
        /// The images that `features` and `fused` are of: the context at two resolutions, the images themselves at one.
        public let featureImages: Tensor
        /// What the detail window alone gave; nil at one resolution, and in passes with detail everywhere.
        public let detail: Detail?

        /// Class scores of a detail window.
        public struct Detail {
            /// `[B, h / s, w / s, classCount]`.
            public let logits: Tensor
            public let window: DetailWindow
        }

        /// The class scores of a network with a decoder of classes.
        public var logits: Tensor { required.logits }

        /// What they are scores of, before dropout.
        public var fused: Tensor { required.fused }

        private var required: DecoderOutput {
            guard let decoded else {
                preconditionFailure("SegmentationNetwork: a network without a decoder of classes gives no class scores")
            }
            return decoded
        }
    }

    /// Names of the children, which are those of mmsegmentation.
    static let (encoderName, decoderName) = ("backbone", "decode_head")
    /// Of the child that no file of weights holds.
    private static let projectionName = "text_projection"

    public let encoder: any Encoder
    /// Makes class scores; nil for a network of objects alone.
    public let head: (any Decoder)?
    /// Channels of class scores.
    public let classCount: Int
    /// Finds objects; nil for class maps alone.
    public let objectDecoder: (any ObjectDecoder)?
    /// The head as part of HRDA's; nil at one resolution.
    let multiResolutionHead: MultiResolutionHead?
    /// Brings the fused map to the width of text vectors, in training alone; nil where its own width is compared.
    private let textProjection: Linear?

    /// - Parameter loadsEncoder: the encoder's weights are going to be loaded: zeros, without the seconds that drawing
    ///   them takes. The head's weights do not depend on it.
    /// - Precondition: sizes that fit each other, as documented.
    public init(_ config: Config, in scope: ModuleScope, loadsEncoder: Bool = false) {
        let drawn = scope.child(Self.encoderName)
        let layout = config.encoder.layout
        encoder = config.encoder.makeEncoder(in: loadsEncoder ? ModuleScope(seed: nil).child(drawn.path) : drawn)
        let place = scope.child(Self.decoderName)
        classCount = config.classCount
        multiResolutionHead = config.multiResolution.flatMap { resolutions in
            config.decoder.map {
                MultiResolutionHead(resolutions, $0, layout, classCount: config.classCount, in: place)
            }
        }
        head =
            multiResolutionHead?.head
            ?? config.decoder?.makeDecoder(layout, classCount: config.classCount, in: place)
        objectDecoder = config.objects.map {
            $0.decoder.makeDecoder(layout, things: $0.things, classCount: config.classCount, in: scope)
        }
        textProjection = config.textProjection.flatMap { width in
            config.decoder.map {
                Linear(
                    inputs: $0.fusedChannels, outputs: width, hasBias: false, in: scope.child(Self.projectionName))
            }
        }
        Self.check(config)
    }

    /// Around an encoder and a head that exist, as files have them.
    init(
        encoder: any Encoder, head: (any Decoder)?, _ multiResolutionHead: MultiResolutionHead?,
        objectDecoder: (any ObjectDecoder)?, classCount: Int
    ) {
        self.classCount = classCount
        self.objectDecoder = objectDecoder
        self.encoder = encoder
        self.head = head
        self.multiResolutionHead = multiResolutionHead
        textProjection = nil
    }

    /// Sizes that fit each other.
    private static func check(_ config: Config) {
        precondition(
            config.objects == nil || config.multiResolution == nil,
            "SegmentationNetwork: objects are found at one resolution, not at two")
        precondition(
            config.decoder != nil
                || (config.objects != nil && config.multiResolution == nil && config.textProjection == nil),
            "SegmentationNetwork: without a decoder of classes there must be one of objects, and there are neither two "
                + "resolutions nor a projection of the fused map")
    }

    /// The decoder of classes as children have it.
    private var decoder: (any ParameterGrouping)? { multiResolutionHead ?? head }

    /// Whether `classScores` gives any: from the decoder of classes, or from objects that cover every pixel.
    public var labelsPixels: Bool { head != nil || objectDecoder?.labelsPixels(of: classCount) == true }

    /// Class scores `[B, h, w, classCount]` of a pass, at any stride, of which the largest is a pixel's class; nil
    /// where the network gives none.
    ///
    /// - Parameter output: of images that were not noisy, for objects that cover every pixel.
    public func classScores(_ output: Output, in context: ForwardContext) -> Tensor? {
        if let decoded = output.decoded { return decoded.logits }
        guard labelsPixels, let objectDecoder else { return nil }
        let (height, width) = (output.featureImages.shape[1], output.featureImages.shape[2])
        let scores = objectDecoder.classScores(output.features, height: height, width: width, in: context)
        if let scores {
            precondition(
                scores.rank == 4 && scores.shape[3] == classCount,
                "\(type(of: objectDecoder)): class scores must have \(classCount) channels, got \(scores.shape)")
        }
        return scores
    }

    public var children: [(name: String, module: any Module)] {
        [(Self.encoderName, encoder)] + (decoder.map { [(Self.decoderName, $0)] } ?? [])
            + (objectDecoder?.children ?? [])
            + (textProjection.map { [(Self.projectionName, $0)] } ?? [])
    }

    public var parameterGroups: [ParameterGroup] {
        encoder.parameterGroups.map { $0.below(Self.encoderName) }
            + (decoder?.parameterGroups.map { $0.below(Self.decoderName) } ?? [])
            + (objectDecoder?.parameterGroups ?? [])
            + (textProjection?.headParameterGroups.map { $0.below(Self.projectionName) } ?? [])
    }

    /// What is compared with text in each cell of the fused map, `[B, h, w, C]`: the map itself, or its projection.
    public func textFeatures(_ output: Output) -> Tensor { textProjection?(output.fused) ?? output.fused }

    /// The resolutions; nil where there is one.
    public var multiResolution: MultiResolutionConfig? { multiResolutionHead?.config }

    /// Pixels of an image's side in one cell of the logits.
    var outputStride: Int { encoder.layout.finest.stride }

    /// The shortest side of an image in pixels.
    public var smallestSide: Int { encoder.smallestSide * (multiResolution?.contextReduction ?? 1) }

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
        let features = encoder.maps(padded(images), in: context)
        return Output(
            decoded: head?.output(features, in: context), features: features, featureImages: images, detail: nil)
    }

    /// The images that `features` are of.
    public func featureImages(_ images: Tensor) -> Tensor {
        guard let multiResolution else { return images }
        let sides = (images.shape[1], images.shape[2])
        return images.resized(
            height: multiResolution.aligned(sides.0, stride: outputStride) / multiResolution.contextReduction,
            width: multiResolution.aligned(sides.1, stride: outputStride) / multiResolution.contextReduction)
    }

    /// The encoder's maps alone, those that a pass has as its `features`.
    public func features(_ images: Tensor, in context: ForwardContext) -> FeaturePyramid {
        encoder.maps(padded(featureImages(images)), in: context)
    }

    /// Normalised images as the encoder sees them: where objects are all that is found, with zeros at the right and
    /// below up to the sizes that their decoder wants, in training and test.
    private func padded(_ images: Tensor) -> Tensor {
        guard head == nil, let multiple = objectDecoder?.imageMultiple else { return images }
        let sides = images.shape[1...2].map { ($0 + multiple - 1) / multiple * multiple }
        return sides == Array(images.shape[1...2])
            ? images : images.placed(inHeight: sides[0], width: sides[1], top: 0, left: 0)
    }
}

extension SegmentationNetwork: WeightedNetwork {
    public var weightParts: [WeightPart] {
        Self.weightParts(encoder.config, multiResolutionHead?.weightNames ?? head?.config.weightNames)
            + (objectDecoder?.config.weightParts ?? [])
    }

    /// Of the encoder, and of a decoder of classes where there is one.
    static func weightParts(_ encoder: any EncoderConfig, _ decoderNames: [WeightNames]?) -> [WeightPart] {
        [WeightPart(path: "\(encoderName).", names: encoder.weightNames)]
            + (decoderNames.map { [WeightPart(path: "\(decoderName).", names: $0)] } ?? [])
    }

    public var trainingOnlyChildren: [String] { textProjection == nil ? [] : [Self.projectionName] }

    /// Of the encoder's layer norms.
    public var epsilons: LayerNormEpsilons? {
        get { encoder.epsilons }
        set { encoder.epsilons = newValue }
    }
}
