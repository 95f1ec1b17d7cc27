package import Configuration
package import Mixing

/// Masked image consistency (MIC, Hoyer et al., CVPR 2023, arXiv:2212.01322): the student must name what is hidden.
///
/// Pseudo-labels are those of the mixed pass, so no further pass of the teacher is needed.
package struct MaskedConsistencyConfiguration: Sendable, Equatable {
    /// The hidden blocks; the keys stand beside the others.
    package var mask = BlockMask.Config()
    /// Whose images are masked: `target`, or, towards adverse weather, `source-and-target` in halves (MIC code).
    package var images = MaskedImages.target
    /// Colour jitter and blur before the mask, with draws of its own; nil for none (MIC code: none towards adverse
    /// weather).
    package var augmentation: StrongAugmentation.Config? = StrongAugmentation.Config()
    /// Weight of the loss (MIC, section 3.2: 1).
    package var lossWeight = 1.0

    package init() {}
}

extension MaskedConsistencyConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try mask.visit(&fields)
        try fields.field("images", &images)
        try fields.optionalSection("augmentation", &augmentation)
        try fields.field("lossWeight", &lossWeight, .lossWeight)
    }
}

extension MaskedImages: ConfigurationChoice {}
