package import Configuration
package import DomainAdaptation

/// Covariance of class features against that of class descriptions (CoPT, Mata et al., ECCV 2024).
package struct TextAlignmentConfiguration: Sendable, Equatable {
    /// safetensors file with the embeddings of the class descriptions, as `causeway text-embeddings` writes it.
    /// `${NAME}` is replaced by the environment variable NAME.
    package var embeddings = ""
    /// Prompt templates that the table is made of, for the command that makes one that is missing; empty where another
    /// program makes it.
    package var templates: [String] = []
    /// Whose features are aligned (CoPT, table 9: source).
    package var features = AlignedFeatures.source
    /// The loss; its keys stand beside the others.
    package var alignment = TextAlignment.Config()

    package init() {}
}

/// The images whose class features are aligned with text.
package enum AlignedFeatures: String, Sendable, CaseIterable, ConfigurationChoice {
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
