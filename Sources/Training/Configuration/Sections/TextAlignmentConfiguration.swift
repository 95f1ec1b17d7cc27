public import Configuration
public import DomainAdaptation

/// Covariance of class features against that of class descriptions (CoPT, Mata et al., ECCV 2024).
public struct TextAlignmentConfiguration: Sendable, Equatable {
    /// safetensors file with the embeddings of the class descriptions, as `causeway text-embeddings` writes it.
    /// `${NAME}` is replaced by the environment variable NAME.
    public var embeddings = ""
    /// Prompt templates that the table is made of, for the command that makes one that is missing; empty where another
    /// program makes it.
    public var templates: [String] = []
    /// Whose features are aligned (CoPT, table 9: source).
    public var features = AlignedFeatures.source
    /// The loss; its keys stand beside the others.
    public var alignment = TextAlignment.Config()

    public init() {}
}

/// The images whose class features are aligned with text.
public enum AlignedFeatures: String, Sendable, CaseIterable, ConfigurationChoice {
    /// Source images with their labels.
    case source
    /// Clean target images with their pseudo-labels, in a pass of their own through the encoder.
    case target
    /// Source images first, then target images, with one bank.
    case both
}

extension TextAlignmentConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.requiredFile("embeddings", &embeddings)
        try fields.list("templates", &templates)
        try fields.field("features", &features)
        try alignment.visit(&fields)
    }
}
