import NN
import TensorEngine

/// Queries that look at one level after another, each inside its mask (Mask2Former, section 3.2).
///
/// A layer is masked attention to a level's cells, attention of the queries to each other, and a feed-forward net, each
/// with a norm behind its sum. Children carry the authors' names.
final class MaskedTransformer: Module {
    private let queryFeatures: LearnedRows
    private let queryPositions: LearnedRows
    private let levelEmbedding: LearnedRows
    private let layers: [MaskedTransformerLayer]
    private let norm: LayerNorm
    private let classifier: Linear
    private let maskEmbedding: [Linear]

    private static let (featuresName, positionsName, levelsName) = ("query_feat", "query_embed", "level_embed")

    static let classifierName = "class_embed"

    /// The parameters that are rows of a table, from here.
    static let embeddingNames = [featuresName, positionsName, levelsName].map { "\($0).\(LearnedRows.name)" }

    init(_ config: Mask2Former.Config, levels: Int, classCount: Int, in scope: ModuleScope) {
        let width = config.width
        queryFeatures = LearnedRows(count: config.queries, width: width, in: scope.child(Self.featuresName))
        queryPositions = LearnedRows(count: config.queries, width: width, in: scope.child(Self.positionsName))
        levelEmbedding = LearnedRows(count: levels, width: width, in: scope.child(Self.levelsName))
        layers = (0..<config.transformer.layers).map { MaskedTransformerLayer(config, place: $0, in: scope) }
        norm = LayerNorm(width, epsilon: 1e-5, in: scope.child("decoder_norm"))
        classifier = Linear(inputs: width, outputs: classCount + 1, in: scope.child(Self.classifierName))
        maskEmbedding = (0..<3).map {
            Linear(inputs: width, outputs: width, in: scope.child(Self.maskEmbeddingName($0)))
        }
    }

    private static func maskEmbeddingName(_ layer: Int) -> String { "mask_embed.layers.\(layer)" }

    var children: [(name: String, module: any Module)] {
        layers.flatMap(\.children) + [
            ("decoder_norm", norm), (Self.featuresName, queryFeatures), (Self.positionsName, queryPositions),
            (Self.levelsName, levelEmbedding), (Self.classifierName, classifier),
        ] + maskEmbedding.enumerated().map { (Self.maskEmbeddingName($0), $1) }
    }

    /// - Returns: what is said of the queries before the first layer and after each.
    func callAsFunction(_ pixels: DecodedPixels, in context: ForwardContext) -> [Prediction] {
        let levels = pixels.levels.enumerated().map { index, map in
            AttendedLevel(map, pixels.maskFeatures, embedding: levelEmbedding.value.sliced(index..<index + 1, axis: 0))
        }
        let shape = [pixels.maskFeatures.shape[0]] + queryFeatures.value.shape
        let positions = queryPositions.value
        var queries = queryFeatures.value.broadcast(to: shape)
        var predictions = [prediction(queries, pixels.maskFeatures)]
        for (index, layer) in layers.enumerated() {
            let level = levels[index % levels.count]
            let mask = level.visibleCells(predictions[index].embeddings)
            queries = layer(queries, positions: positions, level, mask, in: context)
            predictions.append(prediction(queries, pixels.maskFeatures))
        }
        return predictions
    }

    /// - Parameter queries: `[B, Q, C]`.
    private func prediction(_ queries: Tensor, _ maskFeatures: Tensor) -> Prediction {
        let normalized = norm(queries)
        var embeddings = normalized
        for (index, layer) in maskEmbedding.enumerated() {
            embeddings = layer(embeddings)
            if index < maskEmbedding.count - 1 { embeddings = embeddings.relu() }
        }
        return Prediction(classes: classifier(normalized), embeddings: embeddings, maskFeatures: maskFeatures)
    }
}

/// A level as queries see it.
struct AttendedLevel {
    /// `[B, L, C]`
    let values: Tensor
    /// Values with the places of the cells, `[B, L, C]`.
    let keys: Tensor
    /// The features of masks at the level's size, `[B, h, w, C]`; no gradient.
    private let maskFeatures: Tensor

    /// - Parameters:
    ///   - map: `[B, h, w, C]`.
    ///   - embedding: of the level, `[1, C]`.
    init(_ map: Tensor, _ maskFeatures: Tensor, embedding: Tensor) {
        let (batch, height, width, channels) = (map.shape[0], map.shape[1], map.shape[2], map.shape[3])
        values = map.reshaped([batch, height * width, channels]) + embedding
        keys = values + Tensor.sinePositions(height: height, width: width, channels: channels)
        // A mask is linear in these, so resizing them once gives the resized masks of all queries and layers.
        self.maskFeatures = withoutGradients { maskFeatures.resized(height: height, width: width) }
    }

    /// 1 where a query sees a cell, `[B, 1, Q, L]`: inside its mask, and everywhere where that is empty.
    ///
    /// - Parameter embeddings: of the queries' masks, `[B, Q, C]`.
    func visibleCells(_ embeddings: Tensor) -> Tensor {
        withoutGradients {
            let masks = embeddings.detached().masks(on: maskFeatures)
            let inside = masks.reshaped([masks.shape[0], 1, masks.shape[1], -1]).isWithin(0...Float.infinity)
            return inside + inside.sum([-1], keepingAxes: true).isWithin(0...0)
        }
    }
}
