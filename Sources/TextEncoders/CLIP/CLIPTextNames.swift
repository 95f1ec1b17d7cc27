internal import WeightFiles

/// How a file names the tensors of a text tower: transformers puts `text_model.` before them, but not where a
/// `CLIPTextModel` of version 5 was saved by itself. Wrappers may stand before either, as `NetworkRole` has it.
struct CLIPTextNames {
    /// Before the tower's names, with its dot.
    let prefix: String
    private static let model = "text_model."
    private static let anchor = "embeddings.token_embedding.weight"

    init(_ names: [String]) { prefix = NetworkRole.prefixes(of: Self.anchor, in: names).first ?? Self.model }

    var tokenEmbedding: String { prefix + Self.anchor }
    var positionEmbedding: String { "\(prefix)embeddings.position_embedding.weight" }
    /// Beside `text_model`.
    var projection: String {
        (prefix.hasSuffix(Self.model) ? String(prefix.dropLast(Self.model.utf8.count)) : prefix)
            + "text_projection.weight"
    }

    /// The name in the file of a parameter of `CLIPTextTower`.
    func inFile(_ name: String) -> String { name == "text_projection.weight" ? projection : prefix + name }
}
