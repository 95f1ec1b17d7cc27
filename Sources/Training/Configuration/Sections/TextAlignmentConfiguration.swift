public import DomainAdaptation

/// Covariance of class features against that of class descriptions (CoPT, Mata et al., ECCV 2024).
public struct TextAlignmentConfiguration: Sendable, Equatable {
    /// safetensors file with the embeddings of the class descriptions, as `causeway text-embeddings` writes it.
    /// `${NAME}` is replaced by the environment variable NAME.
    public var embeddings = ""
    /// Prompt templates that the table is made of, for the command that makes one that is missing; empty where another
    /// program makes it.
    public var templates: [String] = []
    /// What is compared between classes: covariance over channels (released code) or cosine.
    public var similarity = TextAlignment.Similarity.covariance
    /// How the two matrices are compared (CoPT, table 6: cosine).
    public var distance = TextAlignment.Distance.cosine
    /// Whose features are aligned (CoPT, table 9: source).
    public var features = AlignedFeatures.source
    /// Share of the batch in the mixed class means, in `0...1` (CoPT code: 0.5).
    public var decay = 0.5
    /// Weight of the loss (CoPT, section 4: 1).
    public var weight = 1.0
    /// What the bank holds before the first image of a class (CoPT code: zeros).
    public var firstVisit = TextAlignment.FirstVisit.zeros

    public init() {}
}

/// The images whose class features are aligned with text.
public enum AlignedFeatures: String, Sendable, CaseIterable {
    /// Source images with their labels.
    case source
    /// Clean target images with their pseudo-labels, in a pass of their own through the encoder.
    case target
    /// Source images first, then target images, with one bank.
    case both
}

extension TextAlignmentConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.required("embeddings", &embeddings)
        try fields.list("templates", &templates)
        try fields.field("similarity", &similarity)
        try fields.field("distance", &distance)
        try fields.field("features", &features)
        try fields.field("decay", &decay, .closed(0...1))
        try fields.field("weight", &weight, .atLeast(0))
        try fields.field("firstVisit", &firstVisit)
    }
}

extension AlignedFeatures: ConfigurationChoice {}
extension TextAlignment.Similarity: ConfigurationChoice {}
extension TextAlignment.Distance: ConfigurationChoice {}
extension TextAlignment.FirstVisit: ConfigurationChoice {}
