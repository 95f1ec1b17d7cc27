package import Configuration
public import SegmentationModels

/// The network: an encoder, and a decoder of classes at one resolution or at two, what finds objects, or both.
public struct ModelConfiguration: Sendable, Equatable {
    /// What makes feature maps of images (DAFormer: `mit-b5`), with sizes of its own.
    package var encoder = EncoderChoice.mitB5
    /// What makes class scores of feature maps (DAFormer: `daformer`), with sizes of its own; nil, `none` in settings,
    /// for objects alone.
    package var decoder: DecoderChoice? = .daformer
    /// What finds objects in the same maps (EDAPS, LIDAPS: `mask-rcnn`), with sizes of its own; nil for class maps
    /// alone. Its classes are the label space's things.
    package var objects: ObjectDecoderChoice?
    /// Classes predicted (Cityscapes: 19).
    public var classes = 19
    /// File or folder of pretrained encoder weights (safetensors, or PyTorch's own format), with names that the encoder
    /// knows; nil starts from random weights.
    public var weights: String?
    /// What the run takes from `weights`.
    public var loads = LoadedWeights.encoder
    /// Overrides the LayerNorm epsilon that goes with the origin of the weights.
    public var layerNormEps: Double?
    /// Context of the whole crop with detail of a part of it (HRDA, arXiv:2204.13132); nil for one resolution.
    public var multiResolution: MultiResolutionConfig?
    /// Numbers of a projection of the head's fused map that only training has: `method.pixelText` then compares text
    /// with it, not with the map. A cheap stand-in for a head as wide as the text, and not the published method; nil
    /// for none.
    public var textProjection: Int?

    public init() {}
}

extension ModelConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.moved("name") { text in
            let name = NetworkName(text)
            return "model.encoder and model.decoder tell it now: "
                + "model: {encoder: \(name?.encoder ?? "mit-b5"), decoder: \(name.map { $0.decoder ?? "none" } ?? "daformer")}"
        }
        try fields.moved("headWidth") { "it is model.decoder.width now: model: {decoder: {width: \($0)}}" }
        try fields.moved("headDropout") { "it is model.decoder.dropout now: model: {decoder: {dropout: \($0)}}" }
        try fields.moved("dropPath") { "it is model.encoder.dropPath now: model: {encoder: {dropPath: \($0)}}" }
        try fields.variant("encoder", &encoder)
        try fields.optionalVariant("decoder", &decoder, absent: "none")
        try fields.optionalVariant("objects", &objects)
        try fields.field("classes", &classes, .closed(1...254))
        try fields.optionalFile("weights", &weights)
        try fields.field("loads", &loads)
        try fields.optional("layerNormEps", &layerNormEps, .closed(1e-12...1))
        try fields.optionalSection("multiResolution", &multiResolution)
        try fields.optional("textProjection", &textProjection, .closed(1...8192))
    }
}

/// The part of a network that a run takes from a file.
public enum LoadedWeights: String, Sendable, CaseIterable {
    /// The pretrained encoder; the heads are drawn (DAFormer and its descendants).
    case encoder
    /// Encoder and heads of a trained network, such as one that knows the source domain already. Networks of one and of
    /// two resolutions take each other's; the attention that only one has is drawn or passed over. What finds objects
    /// is drawn where the file has nothing of it, and passed over where the network has not.
    case network
}

extension LoadedWeights: ConfigurationChoice {}

extension ModelConfiguration {
    /// Channels of what is compared with text in each cell, as `SegmentationNetwork.textFeatures` gives it.
    ///
    /// - Returns: nil for a network without class scores.
    package var textFeatureWidth: Int? { textProjection ?? decoder?.config.fusedChannels }

    /// Whether the network says of every pixel which class it is.
    ///
    /// - Parameter things: train ids of the classes that have objects.
    func labelsPixels(things: [Int]) -> Bool {
        decoder != nil || objects?.config.labelsPixels(things: things.map { UInt8($0) }, of: classes) == true
    }
}

extension ModelConfiguration {
    /// A network by name, with its published sizes; nil where the name is that of an encoder.
    package init?(_ name: NetworkName) {
        let system = name.system.flatMap { NetworkSystem.named($0) }
        guard !name.isEncoder, let encoder = EncoderChoice(name.encoder) else { return nil }
        self.encoder = encoder
        decoder = system == nil ? name.decoder.flatMap { DecoderChoice($0) } : system?.decoder
        objects = system?.objects ?? name.objects.flatMap { ObjectDecoderChoice($0) }
        multiResolution = name.hasTwoResolutions ? MultiResolutionConfig() : nil
        if var config = objects?.config as? Mask2Former.Config, let kind = objects?.name {
            config.queries = Mask2Former.Config.publishedQueries(on: name.encoder)
            objects = ObjectDecoderChoice(kind, config)
        }
    }

    /// Pixels of an image in a cell of the encoder's deepest map.
    package var deepestStride: Int { encoder.config.layout.deepest.stride }

    /// The network in one word, for tables and messages.
    public var name: NetworkName {
        NetworkName(
            encoder: encoder.name, decoder: decoder?.name, objects: objects?.name,
            system: objects.flatMap { NetworkSystem.of(decoder, $0)?.name }, hasTwoResolutions: multiResolution != nil)
    }
}
