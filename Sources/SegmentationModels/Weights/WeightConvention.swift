/// How a file names the tensors of an encoder. Heads keep their own names in all of them.
public enum WeightConvention: String, Sendable, CaseIterable {
    /// The SegFormer release, and DAFormer, HRDA, MIC and others after it: `patch_embed1.proj.weight`,
    /// `block1.0.attn.kv.weight`. These are our own names too.
    case original
    /// What `save_pretrained` of Hugging Face transformers writes: `encoder.block.0.0.attention.self.key.weight`.
    case huggingFace = "hugging-face"
    /// The names transformers 5 has in memory, for files made from its `state_dict()`:
    /// `stages.0.blocks.0.attention.k_proj.weight`.
    case huggingFaceStages = "hugging-face-stages"
    /// mmsegmentation's `MixVisionTransformer`, in 0.x and 1.x: `layers.0.1.0.attn.attn.in_proj_weight`.
    case mmsegmentation

    /// A tensor that every file of the convention has, whatever the size of the encoder.
    var anchor: String {
        switch self {
        case .original: "patch_embed1.proj.weight"
        case .huggingFace: "encoder.patch_embeddings.0.proj.weight"
        case .huggingFaceStages: "stages.0.patch_embeddings.proj.weight"
        case .mmsegmentation: "layers.0.0.projection.weight"
        }
    }

    /// Epsilons of the program the names come from.
    var epsilons: LayerNormEpsilons {
        switch self {
        case .original: .original
        case .huggingFace, .huggingFaceStages: .huggingFace
        case .mmsegmentation: .mmsegmentation
        }
    }
}
