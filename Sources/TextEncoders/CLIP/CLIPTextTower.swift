public import NN
public import TensorEngine
public import WeightFiles

/// The text tower of CLIP (arXiv:2103.00020): a transformer with causal attention whose state at end-of-text is the
/// text's vector.
public final class CLIPTextTower: Module {
    public let config: CLIPTextConfig
    /// `[V, W]`
    private let tokenEmbedding: Parameter
    /// `[context, W]`
    private let positionEmbedding: Parameter
    private let blocks: [CLIPTextBlock]
    private let finalNorm: LayerNorm
    private let projection: Linear?

    /// What a batch of texts becomes.
    public struct Output {
        /// States after the last norm, `[B, L, W]`.
        public let hidden: Tensor
        /// The state at end-of-text, `[B, W]`.
        public let pooled: Tensor
        /// `pooled` in the space shared with images, `[B, P]`, not normalised; nil where the tower has no projection.
        public let projected: Tensor?
    }

    public init(_ config: CLIPTextConfig, in scope: ModuleScope) {
        self.config = config
        let embeddings = scope.child("embeddings")
        tokenEmbedding = embeddings.child("token_embedding").parameter(
            "weight", shape: [config.vocabularySize, config.width], .normal(deviation: 0.02))
        positionEmbedding = embeddings.child("position_embedding").parameter(
            "weight", shape: [config.contextLength, config.width], .normal(deviation: 0.01))
        blocks = (0..<config.layers).map { CLIPTextBlock(config, in: scope.child("encoder.layers.\($0)")) }
        finalNorm = LayerNorm(config.width, epsilon: config.layerNormEpsilon, in: scope.child("final_layer_norm"))
        projection = config.projection.map {
            Linear(inputs: config.width, outputs: $0, hasBias: false, in: scope.child("text_projection"))
        }
    }

    public var parameters: [(name: String, parameter: Parameter)] {
        [
            ("embeddings.token_embedding.weight", tokenEmbedding),
            ("embeddings.position_embedding.weight", positionEmbedding),
        ]
    }

    public var children: [(name: String, module: any Module)] {
        blocks.enumerated().map { ("encoder.layers.\($0)", $1) } + [("final_layer_norm", finalNorm)]
            + (projection.map { [("text_projection", $0)] } ?? [])
    }

    /// - Parameters:
    ///   - tokens: `[B, L]`, ids below the size of the vocabulary; what follows end-of-text does not matter.
    ///   - pooling: how end-of-text is found; the configuration's way where nil.
    /// - Throws: `TokenError` for an id without an embedding, too many tokens, or a text without its end.
    public func callAsFunction(
        _ tokens: TokenBatch, pooling: CLIPTextConfig.Pooling? = nil
    ) throws(TokenError) -> Output {
        let ends = try tokens.ends(for: config, pooling ?? config.pooling)
        let positions = IndexTensor((0..<Int32(tokens.length)).map { $0 }, shape: [tokens.length])
        var state = tokenEmbedding.value.gathered(IndexTensor(tokens.ids, shape: [tokens.count, tokens.length]))
            + positionEmbedding.value.gathered(positions)
        for block in blocks { state = block(state) }
        let hidden = finalNorm(state)
        let rows = ends.enumerated().map { Int32($0 * tokens.length + $1) }
        let pooled = hidden.reshaped([-1, config.width]).gathered(IndexTensor(rows, shape: [tokens.count]))
        return Output(hidden: hidden, pooled: pooled, projected: projection.map { $0(pooled) })
    }
}

extension CLIPTextTower {
    /// The tower of a file in the names of transformers, frozen. Other tensors, such as those of the image
    /// tower, are passed over.
    static func loaded(
        _ file: any TensorFile, _ config: CLIPTextConfig
    ) throws(WeightsError) -> (tower: CLIPTextTower, report: LoadReport) {
        let tower = CLIPTextTower(config, in: ModuleScope(seed: nil))
        let names = CLIPTextNames(file.names)
        var report = LoadReport(file: file.path, naming: "transformers", prefix: names.prefix)
        var rest = Set(file.names)
        for (name, parameter) in tower.namedParameters {
            let name = names.inFile(name)
            rest.remove(name)
            let shape = try file.entry(name).shape
            guard shape == parameter.shape else {
                throw WeightsError(
                    .wrongShape, file: file.path, tensor: name,
                    "has shape \(shape), a tower of the other tensors' sizes needs \(parameter.shape); copy it again")
            }
            parameter.assign(Tensor(try file.finiteFloats(name), shape: shape))
            report.loadedCount += 1
        }
        report.unexpected = file.names.filter { rest.contains($0) }
        tower.freeze()
        return (tower, report)
    }
}
