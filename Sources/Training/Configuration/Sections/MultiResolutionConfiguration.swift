/// Two resolutions in one network: HRDA (Hoyer et al., ECCV 2022, arXiv:2204.13132), with the numbers of its released
/// code at crops of 1024 x 1024.
public struct MultiResolutionConfiguration: Sendable, Equatable {
    /// Size of the context image as a share of the crop; its inverse is a whole number (HRDA: 0.5).
    public var contextScale = 0.5
    /// Part of the crop that is seen at full resolution, in multiples of 32 pixels (HRDA: 512 x 512).
    public var detail = ImageSizeConfiguration(height: 512, width: 512)
    /// What decides between context and detail (HRDA: class-wise).
    public var attention = ScaleAttention.classWise
    /// The share of detail where `attention` is `fixed`; 0 is context alone and 1 detail.
    public var fixedAttention = 0.5
    /// Whether the detail windows of teacher and evaluation overlap by half, or lie side by side (HRDA: overlap).
    public var overlap = true
    /// First row and column of the detail window are multiples of this, so that it begins at a cell of the context's
    /// logits (HRDA code: 8).
    public var coordinateStep = 8
    /// Weight of the loss on the detail's logits alone; that on the fused ones has the rest to 1 (HRDA: 0.1).
    public var detailLossWeight = 0.1

    public init() {}
}

/// What decides between context and detail.
public enum ScaleAttention: String, Sendable, CaseIterable, ConfigurationChoice {
    /// One learnt value for each pixel and class.
    case classWise = "class-wise"
    /// One learnt value for each pixel.
    case singleChannel = "single-channel"
    /// One given value.
    case fixed
}

extension MultiResolutionConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("contextScale", &contextScale, .closed(0.125...1))
        try fields.section("detail", &detail)
        try fields.field("attention", &attention)
        try fields.field("fixedAttention", &fixedAttention, .closed(0...1))
        try fields.field("overlap", &overlap)
        try fields.field("coordinateStep", &coordinateStep, .atLeast(1))
        try fields.field("detailLossWeight", &detailLossWeight, .closed(0...1))
    }
}
