package import Configuration

extension Mask2Former {
    /// Sizes and rules: those of the authors' instance settings (arXiv:2112.01527 and its code).
    public struct Config: Sendable, Equatable {
        /// Channels of the pixel decoder's maps, of queries and of mask embeddings (Mask2Former: 256).
        public var width = 256
        /// Heads of every attention (Mask2Former: 8).
        public var heads = 8
        /// Groups of channels that the pixel decoder's convolutions are normalised in (Mask2Former: 32).
        public var groups = 32
        /// Most objects that an image can have (Mask2Former: 100, with Swin-L 200).
        public var queries = 100
        /// Which classes queries may be of.
        public var classes = Coverage.things
        public var pixelDecoder = PixelDecoderSizes()
        public var transformer = TransformerSizes()
        public var criterion = Criterion()
        public var detections = Detections()

        public init() {}

        /// Queries of the authors' network on an encoder.
        package static func publishedQueries(on encoder: String) -> Int { encoder == "swin-l" ? 200 : 100 }

        public var learnsEmptyObjects: Bool { criterion.keepsEmpty }

        /// Why the width does not fit the heads and groups; nil where it does.
        var misfit: String? {
            for (name, divisor) in [("4, for positions", 4), ("\(heads) heads", heads), ("\(groups) groups", groups)]
            where !width.isMultiple(of: divisor) { return "\(width) is no multiple of \(name)" }
            return nil
        }
    }

    public enum Coverage: String, Sendable, CaseIterable {
        /// Those of objects.
        case things
        /// Every class of the label space, one region an image for those that are no things: queries then cover every
        /// pixel, and class maps and panoptic images need no other decoder.
        case all
    }

    public struct PixelDecoderSizes: Sendable, Equatable {
        /// Layers of deformable attention (Mask2Former: 6).
        public var layers = 6
        /// Units of their feed-forward nets (Mask2Former: 1024).
        public var hidden = 1024
        /// Points that a head looks at on each level (Deformable DETR: 4).
        public var points = 4

        public init() {}
    }

    public struct TransformerSizes: Sendable, Equatable {
        /// Layers of masked attention, three rounds over three levels (Mask2Former: 9; its settings count the first
        /// prediction, before any layer, as a tenth).
        public var layers = 9
        /// Units of their feed-forward nets (Mask2Former: 2048).
        public var hidden = 2048

        public init() {}
    }

    /// Of matching and losses.
    public struct Criterion: Sendable, Equatable {
        /// Weight of the cross-entropy of classes (Mask2Former: 2).
        public var classWeight: Float = 2
        /// Weight of the binary cross-entropy of masks (Mask2Former: 5).
        public var maskWeight: Float = 5
        /// Weight of the Dice loss of masks (Mask2Former: 5).
        public var diceWeight: Float = 5
        /// Weight of queries without an object in the cross-entropy (Mask2Former: 0.1).
        public var noObject: Float = 0.1
        /// Points of an image that masks are compared at (Mask2Former: 12544, a quarter of 224 x 224).
        public var points = 12_544
        /// Random points for each that is kept, of which the least certain are (PointRend: 3).
        public var oversampling = 3
        /// Share of the points that are chosen by uncertainty (PointRend: 0.75).
        public var uncertain: Float = 0.75
        /// Whether objects without a pixel are matched and learned, as by the authors, who keep what a crop has cut
        /// off.
        public var keepsEmpty = false

        public init() {}
    }

    /// What is found at test.
    public struct Detections: Sendable, Equatable {
        /// Best pairs of a query and a class in an image (Mask2Former: 100, whatever the number of queries).
        public var perImage = 100
        /// Least probability of a query's class to become a segment of a panoptic image (Mask2Former: 0.8).
        public var segmentScore: Float = 0.8
        /// Least share of a query's mask that is left in a panoptic image (Mask2Former: 0.8).
        public var segmentShare: Float = 0.8

        public init() {}
    }
}

// MARK: - Settings

extension Mask2Former.Coverage: ConfigurationChoice {}

extension Mask2Former.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("width", &width, .closed(4...8192))
        try fields.field("heads", &heads, .closed(1...1024))
        try fields.field("groups", &groups, .closed(1...8192))
        try fields.require(misfit == nil, at: "width", "\(misfit ?? ""); choose one that is")
        try fields.field("queries", &queries, .closed(1...10_000))
        try fields.field("classes", &classes)
        try fields.section("pixelDecoder", &pixelDecoder)
        try fields.section("transformer", &transformer)
        try fields.section("criterion", &criterion)
        try fields.section("detections", &detections)
    }
}

extension Mask2Former.PixelDecoderSizes: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("layers", &layers, .closed(1...64))
        try fields.field("hidden", &hidden, .closed(1...8192))
        try fields.field("points", &points, .closed(1...64))
    }
}

extension Mask2Former.TransformerSizes: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("layers", &layers, .closed(1...64))
        try fields.field("hidden", &hidden, .closed(1...8192))
    }
}

extension Mask2Former.Criterion: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("classWeight", &classWeight, .closed(0...1000))
        try fields.field("maskWeight", &maskWeight, .closed(0...1000))
        try fields.field("diceWeight", &diceWeight, .closed(0...1000))
        try fields.field("noObject", &noObject, .closed(0...1))
        try fields.field("points", &points, .closed(1...1_000_000))
        try fields.field("oversampling", &oversampling, .closed(1...64))
        try fields.field("uncertain", &uncertain, .closed(0...1))
        try fields.field("keepsEmpty", &keepsEmpty)
    }
}

extension Mask2Former.Detections: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("perImage", &perImage, .closed(1...100_000))
        try fields.field("segmentScore", &segmentScore, .closed(0...1))
        try fields.field("segmentShare", &segmentShare, .closed(0...1))
    }
}
