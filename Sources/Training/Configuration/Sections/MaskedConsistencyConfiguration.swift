public import DataLoading

/// Masked image consistency (MIC, Hoyer et al., CVPR 2023, arXiv:2212.01322): the student must name what is hidden.
///
/// Pseudo-labels are those of the mixed pass, so no further pass of the teacher is needed.
public struct MaskedConsistencyConfiguration: Sendable, Equatable {
    /// Side of a hidden block in pixels (MIC, table 8: 64 at crop 1024; code: 32 at crop 512).
    public var blockSize = 64
    /// Expected share of hidden blocks (MIC, table 8: 0.7).
    public var ratio = 0.7
    /// Whose images are masked: `target`, or, towards adverse weather, `source-and-target` in halves (MIC code).
    public var images = MaskedImages.target
    /// Colour jitter and blur before the mask, with draws of its own; nil for none (MIC code: none towards adverse
    /// weather).
    public var augmentation: StrongAugmentationConfiguration? = StrongAugmentationConfiguration()
    /// Weight of the loss (MIC, section 3.2: 1).
    public var lossWeight = 1.0

    public init() {}
}

extension MaskedConsistencyConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("blockSize", &blockSize, .atLeast(1))
        try fields.field("ratio", &ratio, .closed(0...1))
        try fields.field("images", &images)
        try fields.optionalSection("augmentation", &augmentation)
        try fields.field("lossWeight", &lossWeight, .atLeast(0))
    }
}

extension MaskedImages: ConfigurationChoice {}
