public import Configuration
public import DataLoading
public import DomainAdaptation
public import Mixing

/// How the network is trained.
///
/// Defaults are those of DAFormer (Hoyer et al., CVPR 2022, arXiv:2111.14887) and its released code.
public enum MethodConfiguration: Sendable, Equatable {
    /// Supervised training on source images alone.
    case sourceOnly(SourceOnlyConfiguration)
    /// Self-training with an EMA teacher and cross-domain mixing: DACS (arXiv:2007.08702) as in DAFormer.
    case dacs(SelfTrainingConfiguration)
}

extension MethodConfiguration: ConfigurationVariant {
    package static let kinds = ["source-only", "dacs"]

    package init?(kind: String) {
        switch kind {
        case "source-only": self = .sourceOnly(SourceOnlyConfiguration())
        case "dacs": self = .dacs(SelfTrainingConfiguration())
        default: return nil
        }
    }

    public var kind: String {
        switch self {
        case .sourceOnly: "source-only"
        case .dacs: "dacs"
        }
    }

    /// Whether target images are read.
    public var usesTarget: Bool {
        switch self {
        case .sourceOnly: false
        case .dacs: true
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        switch self {
        case .sourceOnly(var parameters):
            try parameters.visit(&fields)
            self = .sourceOnly(parameters)
        case .dacs(var parameters):
            try parameters.visit(&fields)
            self = .dacs(parameters)
        }
    }
}

/// Parameters of `source-only`.
public struct SourceOnlyConfiguration: Sendable, Equatable {
    /// Colour jitter and blur on the source images, the same as self-training applies to mixed images; nil for none, as
    /// in the paper. Shows how much of a gain is plain augmentation.
    public var augmentation: StrongAugmentation.Config?

    public init() {}
}

extension SourceOnlyConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.optionalSection("augmentation", &augmentation)
    }
}

/// Parameters of `dacs`.
public struct SelfTrainingConfiguration: Sendable, Equatable {
    /// Largest share of the old teacher kept at an update; the share at step t is `min(1 - 1/(t+1), emaDecay)`
    /// (DAFormer, section 4.1: 0.999).
    public var emaDecay = 0.999
    /// A pixel counts as confident when the teacher's largest probability reaches this (DAFormer: 0.968). The share of
    /// confident pixels in the global batch weighs all pseudo-labels.
    public var pseudoThreshold = 0.968
    /// Where pseudo-labels have no weight.
    public var margins = IgnoredMargins.crop(CropMargins())
    /// How source and target images are mixed: `class-mix` pastes half of the source classes into the target image
    /// (arXiv:2007.07936), `none` trains on the augmented target image alone.
    public var mixing = MixingConfiguration.classMix
    /// Applied to the mixed image.
    public var augmentation = StrongAugmentation.Config()
    /// Keeps the encoder near its pretrained features; needs `model.weights`, and is off without them.
    public var featureDistance = FeatureDistance.Config()
    /// MIC: a third pass over images with hidden blocks; nil for none.
    public var maskedConsistency: MaskedConsistencyConfiguration?
    /// CoPT: class features follow the descriptions of the classes; nil for none.
    public var textAlignment: TextAlignmentConfiguration?
    /// Steps of source-only training before the first pseudo-label (DAFormer: 0). Networks that start from random
    /// weights need some: their first pseudo-labels are noise.
    public var sourceOnlySteps = 0

    public init() {}
}

extension SelfTrainingConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("emaDecay", &emaDecay, .closed(0...1))
        try fields.field("pseudoThreshold", &pseudoThreshold, .closed(0...1))
        try fields.variant("margins", &margins)
        try fields.variant("mixing", &mixing)
        if let pastes = try fields.former("classMix", Bool.self, now: "mixing") {
            if !pastes { mixing = .none } else if mixing == .none { mixing = .classMix }
        }
        try fields.section("augmentation", &augmentation)
        try fields.section("featureDistance", &featureDistance)
        try fields.optionalSection("maskedConsistency", &maskedConsistency)
        try fields.optionalSection("textAlignment", &textAlignment)
        try fields.field("sourceOnlySteps", &sourceOnlySteps, .atLeast(0))
    }
}
