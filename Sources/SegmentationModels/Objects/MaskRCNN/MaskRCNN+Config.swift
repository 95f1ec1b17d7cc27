package import Configuration

extension MaskRCNN {
    /// Sizes and rules: those of EDAPS and LIDAPS, which are mmdetection's for Mask R-CNN on a pyramid.
    public struct Config: Sendable, Equatable {
        /// Channels of every map of the pyramid (mmdetection: 256).
        public var width = 256
        public var anchors = Anchors()
        public var proposals = Proposals()
        public var boxes = Boxes()
        public var masks = Masks()
        public var detections = Detections()

        public init() {}
    }

    /// Boxes that every cell of the pyramid begins with, centred on the cell's corner.
    public struct Anchors: Sendable, Equatable {
        /// Side of a square anchor in cells of its level (mmdetection: 8).
        public var scale: Float = 8
        /// Height over width, at equal area (mmdetection: 0.5, 1, 2).
        public var ratios: [Float] = [0.5, 1, 2]

        public init() {}
    }

    /// By which overlap (intersection over union) a box learns to be an object.
    public struct Overlaps: Sendable, Equatable {
        /// At least this overlap with its best object makes a box positive.
        public var positive: Float
        /// Less than this overlap with every object makes it negative; between the two it is ignored.
        public var negative: Float
        /// An object whose best box has at least this overlap gets that box, however small it is.
        public var lowQuality: Float

        public init(positive: Float, negative: Float, lowQuality: Float) {
            (self.positive, self.negative, self.lowQuality) = (positive, negative, lowQuality)
        }
    }

    /// From anchors to proposals.
    public struct Proposals: Sendable, Equatable {
        /// Faster R-CNN, section 3.1.2: 0.7 and 0.3.
        public var overlaps = Overlaps(positive: 0.7, negative: 0.3, lowQuality: 0.3)
        /// Anchors of an image that are learned from (Faster R-CNN: 256).
        public var samples = 256
        /// Largest share of positive ones among them (Faster R-CNN: 0.5).
        public var positiveShare: Float = 0.5
        /// Best anchors of a level that become boxes in a training pass (mmdetection: 2000).
        public var trainingCandidates = 2000
        /// The same at inference (mmdetection: 1000).
        public var candidates = 1000
        /// Boxes of an image that are handed on (mmdetection: 1000).
        public var kept = 1000
        /// Overlap above which the worse of two boxes of a level falls (Faster R-CNN: 0.7).
        public var overlap: Float = 0.7

        public init() {}
    }

    /// Classes and boxes of proposals.
    public struct Boxes: Sendable, Equatable {
        /// Units of the two hidden layers (mmdetection: 1024).
        public var hidden = 1024
        /// Cells of a side of what a box is read from (mmdetection: 7).
        public var size = 7
        /// Boxes below twice this side in pixels are read from the finest map (mmdetection: 56).
        public var finestScale: Float = 56
        /// Fast R-CNN: 0.5.
        public var overlaps = Overlaps(positive: 0.5, negative: 0.5, lowQuality: 0.5)
        /// Boxes of an image that are learned from (mmdetection: 512).
        public var samples = 512
        /// Largest share of positive ones among them (Fast R-CNN: 0.25).
        public var positiveShare: Float = 0.25
        /// What `dx, dy, dw, dh` are divided by (mmdetection: 0.1, 0.1, 0.2, 0.2).
        public var deviations: [Float] = [0.1, 0.1, 0.2, 0.2]

        public init() {}
    }

    /// Masks of boxes.
    public struct Masks: Sendable, Equatable {
        /// Cells of a side of what a mask is read from; the mask has twice as many (Mask R-CNN: 14).
        public var size = 14
        /// 3x3 convolutions before the size is doubled (Mask R-CNN: 4).
        public var convolutions = 4
        /// Their channels (Mask R-CNN: 256).
        public var width = 256
        /// A pixel of at least this probability belongs to the object (Mask R-CNN: 0.5).
        public var threshold: Float = 0.5

        public init() {}
    }

    /// What an image's objects are chosen by.
    public struct Detections: Sendable, Equatable {
        /// Objects of more than this score (mmdetection: 0.05).
        public var scoreFloor: Float = 0.05
        /// Overlap above which the worse of two objects of a class falls (mmdetection: 0.5).
        public var overlap: Float = 0.5
        /// Objects of an image, the best ones (COCO: 100).
        public var perImage = 100

        public init() {}
    }
}

// MARK: - Settings

extension MaskRCNN.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("width", &width, .closed(1...8192))
        try fields.section("anchors", &anchors)
        try fields.section("proposals", &proposals)
        try fields.section("boxes", &boxes)
        try fields.section("masks", &masks)
        try fields.section("detections", &detections)
    }
}

extension MaskRCNN.Anchors: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("scale", &scale, .closed(0.5...64))
        try fields.list("ratios", &ratios, .closed(0.01...100), count: 1...16)
    }
}

extension MaskRCNN.Overlaps: ConfigurationSection {
    /// Fast R-CNN's.
    package init() { self.init(positive: 0.5, negative: 0.5, lowQuality: 0.5) }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("positive", &positive, .closed(0.01...1))
        try fields.field("negative", &negative, .closed(0...1))
        try fields.field("lowQuality", &lowQuality, .closed(0...1))
    }
}

extension MaskRCNN.Proposals: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.section("overlaps", &overlaps)
        try fields.field("samples", &samples, .closed(1...65_536))
        try fields.field("positiveShare", &positiveShare, .closed(0...1))
        try fields.field("trainingCandidates", &trainingCandidates, .closed(1...100_000))
        try fields.field("candidates", &candidates, .closed(1...100_000))
        try fields.field("kept", &kept, .closed(1...100_000))
        try fields.field("overlap", &overlap, .closed(0...1))
    }
}

extension MaskRCNN.Boxes: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("hidden", &hidden, .closed(1...8192))
        try fields.field("size", &size, .closed(1...64))
        try fields.field("finestScale", &finestScale, .closed(1...4096))
        try fields.section("overlaps", &overlaps)
        try fields.field("samples", &samples, .closed(1...65_536))
        try fields.field("positiveShare", &positiveShare, .closed(0...1))
        try fields.list("deviations", &deviations, .closed(0.001...100), count: 4...4)
    }
}

extension MaskRCNN.Masks: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("size", &size, .closed(1...64))
        try fields.field("convolutions", &convolutions, .closed(0...16))
        try fields.field("width", &width, .closed(1...8192))
        try fields.field("threshold", &threshold, .closed(0.01...0.99))
    }
}

extension MaskRCNN.Detections: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("scoreFloor", &scoreFloor, .closed(0...1))
        try fields.field("overlap", &overlap, .closed(0...1))
        try fields.field("perImage", &perImage, .closed(1...10_000))
    }
}
