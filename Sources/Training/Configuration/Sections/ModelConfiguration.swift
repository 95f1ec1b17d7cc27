package import Configuration
public import SegmentationModels

/// The network: a MiT encoder with the DAFormer head, at one resolution or at two.
public struct ModelConfiguration: Sendable, Equatable {
    /// Registered name; the paper's is `daformer-mit-b5`.
    public var name = ModelName.daformerMitB5
    /// Classes predicted (Cityscapes: 19).
    public var classes = 19
    /// Channels of the embedded levels and of the fused map (DAFormer: 256).
    public var headWidth = 256
    /// Share of channels dropped before the classifier (mmsegmentation's default: 0.1).
    public var headDropout = 0.1
    /// Stochastic depth of the last encoder block, growing linearly from 0 at the first (SegFormer: 0.1).
    public var dropPath = 0.1
    /// File or folder of pretrained encoder weights (safetensors, or PyTorch's own format), with the names of SegFormer,
    /// DAFormer, mmsegmentation or Hugging Face; nil starts from random weights.
    public var weights: String?
    /// What the run takes from `weights`.
    public var loads = LoadedWeights.encoder
    /// Overrides the LayerNorm epsilon that goes with the origin of the weights.
    public var layerNormEps: Double?
    /// Context of the whole crop with detail of a part of it (HRDA, arXiv:2204.13132); nil for one resolution.
    public var multiResolution: MultiResolutionConfig?

    public init() {}
}

extension ModelConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("name", &name)
        try fields.field("classes", &classes, .closed(1...254))
        try fields.field("headWidth", &headWidth, .closed(1...8192))
        try fields.field("headDropout", &headDropout, .closed(0...0.99))
        try fields.field("dropPath", &dropPath, .closed(0...0.99))
        try fields.optionalFile("weights", &weights)
        try fields.field("loads", &loads)
        try fields.optional("layerNormEps", &layerNormEps, .above(0))
        try fields.optionalSection("multiResolution", &multiResolution)
    }
}

/// The part of a network that a run takes from a file.
public enum LoadedWeights: String, Sendable, CaseIterable {
    /// The pretrained encoder; the head is drawn (DAFormer and its descendants).
    case encoder
    /// Encoder and head of a trained network, such as one that knows the source domain already. Networks of one and of
    /// two resolutions take each other's; the attention that only one has is drawn or passed over.
    case network
}

extension LoadedWeights: ConfigurationChoice {}

/// Segmenters can be configured; encoders alone have no classes to train, and two resolutions are a section.
extension ModelName: ConfigurationScalar {
    package static var expectation: String { "one of " + names.joined(separator: ", ") }
    package static var names: [String] { allCases.filter { $0.family == .daformer }.map(\.rawValue) }
    package init?(configurationText: String) {
        guard Self.names.contains(configurationText) else { return nil }
        self.init(rawValue: configurationText)
    }
    package var configurationText: String { rawValue }
}
