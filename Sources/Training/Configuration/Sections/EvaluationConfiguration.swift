public import Configuration
public import Evaluation

/// What is scored, how, and how often.
public struct EvaluationConfiguration: Sendable, Equatable {
    /// Steps between evaluations while training (DAFormer: 4000); the last step is always evaluated.
    public var every = 4000
    /// Labelled images to score on; nil for no evaluation.
    public var dataset: DatasetConfiguration?
    /// The classes of the score, where they are not those of the run; predictions are translated by a map.
    public var labelSpace: LabelSpaceConfiguration?
    /// Classes that enter the mean, by name or train id; empty for all. SYNTHIA is scored on 16.
    public var classes: [ClassReference] = []
    /// How it is scored; logs and tables compare runs by the first.
    public var measures = [MeasureName.semanticIoU]
    /// How class map and objects become segments, for the measure `panoptic` and for panoptic files.
    public var fusion = PanopticFusion.Config()
    public var inference = InferenceConfiguration.whole
    /// Pixels of an image, in megapixels (10^6), up to which it may enter the network at once. Larger ones enter in
    /// windows, and objects are found in a smaller copy: memory stays what it is.
    public var wholeMegapixels = ImagePredictor.standardWholePixels / 1_000_000
    /// BatchNorm statistics are re-estimated on this many unlabelled target images for an extra score by
    /// `causeway evaluate`; 0 for none.
    public var targetStatisticsImages = 0

    public init() {}
}

extension MeasureName: ConfigurationChoice {}

extension EvaluationConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("every", &every, .steps(from: 1))
        try fields.optionalSection("dataset", &dataset)
        try fields.optionalLabelSpace("labelSpace", &labelSpace)
        try fields.list("classes", &classes)
        try fields.choices("measures", &measures)
        try fields.section("fusion", &fusion)
        try fields.variant("inference", &inference)
        try fields.field("wholeMegapixels", &wholeMegapixels, .closed(1...1000))
        try fields.field("targetStatisticsImages", &targetStatisticsImages, .atLeast(0, atMost: 1_000_000_000))
    }
}
