package import Configuration
package import DomainAdaptation

/// Every pixel's feature against the words for its class (CDA of LIDAPS, arXiv:2404.03799, section 3.2).
package struct PixelTextConfiguration: Sendable, Equatable {
    /// safetensors file with a row a class and one for pixels without a class, as `causeway text-embeddings
    /// --ignored-row` writes it. Rows are as wide as what they are compared with: the head's fused map, or
    /// `model.textProjection` of it. `${NAME}` is replaced by the environment variable NAME.
    package var embeddings = ""
    /// Prompt templates that the table is made of, for the command that makes one that is missing; empty where another
    /// program makes it.
    package var templates: [String] = []
    /// The loss; its keys stand beside the others.
    package var loss = PixelText.Config()

    package init() {}
}

extension PixelTextConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.requiredFile("embeddings", &embeddings)
        try fields.list("templates", &templates)
        try loss.visit(&fields)
    }
}
