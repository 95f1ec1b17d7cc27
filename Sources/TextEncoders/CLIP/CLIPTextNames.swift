internal import NN

/// How a file names the tensors of a text tower: transformers puts `text_model.` before them, but not where a
/// `CLIPTextModel` of version 5 was saved by itself.
struct CLIPTextNames {
    let prefix: String

    init(_ file: SafeTensorsFile) {
        prefix = file.contains("embeddings.token_embedding.weight") ? "" : "text_model."
    }

    var tokenEmbedding: String { "\(prefix)embeddings.token_embedding.weight" }
    var positionEmbedding: String { "\(prefix)embeddings.position_embedding.weight" }
    let projection = "text_projection.weight"

    /// The name in the file of a parameter of `CLIPTextTower`.
    func inFile(_ name: String) -> String { name == projection ? name : prefix + name }
}
