public import Datasets

/// What is scored, how, and how often.
public struct EvaluationConfiguration: Sendable, Equatable {
    /// Steps between evaluations while training (DAFormer: 4000); the last step is always evaluated.
    public var every = 4000
    /// Labelled images to score on; nil for no evaluation.
    public var dataset: DatasetConfiguration?
    /// The classes of the score; predictions are translated where the model predicts other ones.
    public var labelSpace = LabelSpaceKind.cityscapes19
    /// Train ids of the label space that enter the mean; empty for all. SYNTHIA is scored on 16.
    public var classes: [Int] = []
    public var inference = InferenceConfiguration.whole
    /// BatchNorm statistics are re-estimated on this many unlabelled target images for an extra score by
    /// `causeway evaluate`; 0 for none.
    public var targetStatisticsImages = 0

    public init() {}
}

extension EvaluationConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("every", &every, .atLeast(1))
        try fields.optionalSection("dataset", &dataset)
        try fields.field("labelSpace", &labelSpace)
        try fields.list("classes", &classes)
        try fields.variant("inference", &inference)
        try fields.field("targetStatisticsImages", &targetStatisticsImages, .atLeast(0))
    }
}

/// How an image passes through the network.
public enum InferenceConfiguration: Sendable, Equatable {
    /// At once (DAFormer).
    case whole
    /// In overlapping windows whose logits are averaged.
    case sliding(SlidingWindowConfiguration)
}

extension InferenceConfiguration: ConfigurationVariant {
    package static let kinds = ["whole", "sliding"]

    package init?(kind: String) {
        switch kind {
        case "whole": self = .whole
        case "sliding": self = .sliding(SlidingWindowConfiguration())
        default: return nil
        }
    }

    package var kind: String {
        switch self {
        case .whole: "whole"
        case .sliding: "sliding"
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        guard case .sliding(var parameters) = self else { return }
        try parameters.visit(&fields)
        self = .sliding(parameters)
    }
}

/// Windows and their distance. The last window of a row is moved inwards to end at the border.
public struct SlidingWindowConfiguration: Sendable, Equatable {
    /// A multiple of the stride on each axis, so that inner pixels are covered equally often.
    public var window = ImageSizeConfiguration(height: 512, width: 512)
    /// Half a window by default, as in HRDA (arXiv:2204.13132).
    public var stride = ImageSizeConfiguration(height: 256, width: 256)
    /// Windows that pass through the network together: the published settings have 3 (Cityscapes) or 6 (ACDC, Dark
    /// Zurich) an image. Fewer need less memory and give the same scores.
    public var windowsPerBatch = 6

    public init() {}
}

extension SlidingWindowConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.section("window", &window)
        try fields.section("stride", &stride)
        try fields.field("windowsPerBatch", &windowsPerBatch, .atLeast(1))
    }
}
