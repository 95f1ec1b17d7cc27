/// What the layer norms add to the variance; ports of the same weights differ here.
public struct LayerNormEpsilons: Sendable, Equatable {
    /// The two norms of each block and the norm after each stage.
    public var blocks: Float
    /// The norms after patch embedding and after the reduction of keys and values.
    public var embeddings: Float

    public init(blocks: Float, embeddings: Float) {
        self.blocks = blocks
        self.embeddings = embeddings
    }

    /// The SegFormer release (`norm_layer=partial(nn.LayerNorm, eps=1e-6)`; the other norms take PyTorch's default).
    public static let original = LayerNormEpsilons(blocks: 1e-6, embeddings: 1e-5)
    /// Hugging Face transformers, where every norm is a plain `nn.LayerNorm`.
    public static let huggingFace = LayerNormEpsilons(blocks: 1e-5, embeddings: 1e-5)
    /// mmsegmentation, where every norm is made with `norm_cfg=dict(type='LN', eps=1e-6)`.
    public static let mmsegmentation = LayerNormEpsilons(blocks: 1e-6, embeddings: 1e-6)
}
