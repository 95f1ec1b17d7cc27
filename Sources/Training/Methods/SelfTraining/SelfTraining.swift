package import Configuration
package import DataLoading
package import DomainAdaptation
package import Mixing

/// Self-training with an EMA teacher and cross-domain mixing: DACS (arXiv:2007.08702) as in DAFormer (Hoyer et al.,
/// CVPR 2022, arXiv:2111.14887), with HRDA, MIC, CoPT, instance mixing and CDA as parts; on a network that finds
/// objects it is EDAPS (Saha et al., ICCV 2023) and LIDAPS (arXiv:2404.03799). Defaults are those of DAFormer and its
/// released code.
package struct SelfTraining: Equatable {
    /// Largest share of the old teacher kept at an update; the share at step t is `min(1 - 1/(t+1), emaDecay)`
    /// (DAFormer, section 4.1: 0.999).
    package var emaDecay = 0.999
    /// A pixel counts as confident when the teacher's largest probability reaches this (DAFormer: 0.968). The share of
    /// confident pixels in the global batch weighs all pseudo-labels.
    package var pseudoThreshold = 0.968
    /// Where pseudo-labels have no weight.
    package var margins = IgnoredMargins.crop(CropMargins())
    /// How source and target images are mixed: `class-mix` pastes half of the source classes into the target image
    /// (arXiv:2007.07936), `none` trains on the augmented target image alone, `instance-mix` (IMix) and `bidirectional`
    /// (UDA4Inst) paste objects, with the classes of their pixels.
    package var mixing = MixingConfiguration.classMix
    /// Whether source images take on the colours of their target images, by mean and deviation in CIELAB, in all passes
    /// from the first pseudo-labels on (UDA4Inst: true; DAFormer and LIDAPS: false).
    package var colorTransfer = false
    /// Applied to the mixed image.
    package var augmentation = StrongAugmentation.Config()
    /// Keeps the encoder near its pretrained features; needs `model.weights`, and is off without them.
    package var featureDistance = FeatureDistance.Config()
    /// MIC: a third pass over images with hidden blocks; nil for none.
    package var maskedConsistency: MaskedConsistencyConfiguration?
    /// CoPT: class features follow the descriptions of the classes; nil for none.
    package var textAlignment: TextAlignmentConfiguration?
    /// CDA: every pixel's feature follows the words for its class, in the source and the mixed pass; nil for none.
    package var pixelText: PixelTextConfiguration?
    /// LIDAPS: a further pass over images with pasted objects; nil for none. Needs a network that finds objects.
    package var instanceMixing: InstanceMixingConfiguration?
    /// A further mixed pass with target classes in source images; nil for none, as in all papers but for an ablation of
    /// LIDAPS.
    package var invertedClassMix: InvertedClassMixConfiguration?
    /// Whether the teacher is copied from the student again where a phase of the schedule begins (LIDAPS code: true).
    package var restartsTeacher = true
    /// Steps of source-only training before the first pseudo-label (DAFormer: 0). Networks that start from random
    /// weights need some: their first pseudo-labels are noise.
    package var sourceOnlySteps = 0

    package init() {}
}

extension SelfTraining: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("emaDecay", &emaDecay, .closed(0...1))
        try fields.field("pseudoThreshold", &pseudoThreshold, .closed(0...1))
        try fields.variant("margins", &margins)
        try fields.variant("mixing", &mixing)
        if let pastes = try fields.former("classMix", Bool.self, now: "mixing") {
            if !pastes { mixing = .none } else if mixing == .none { mixing = .classMix }
        }
        try fields.field("colorTransfer", &colorTransfer)
        try fields.section("augmentation", &augmentation)
        try fields.section("featureDistance", &featureDistance)
        try fields.optionalSection("maskedConsistency", &maskedConsistency)
        try fields.optionalSection("textAlignment", &textAlignment)
        try fields.optionalSection("pixelText", &pixelText)
        try fields.optionalSection("instanceMixing", &instanceMixing)
        try fields.optionalSection("invertedClassMix", &invertedClassMix)
        try fields.field("restartsTeacher", &restartsTeacher)
        try fields.field("sourceOnlySteps", &sourceOnlySteps, .steps(from: 0))
    }
}
