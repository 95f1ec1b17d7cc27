import Glibc
import NN
import TensorEngine

/// Layers of multi-scale deformable attention over all cells of all levels (Zhu et al., arXiv:2010.04159, section 4.1).
final class DeformableEncoder: Module {
    /// `[levels, C]`, added to the positions of a level. A plain tensor in the authors' code, so that it decays.
    private let levelEmbedding: Parameter
    private let layers: [DeformableLayer]

    init(_ config: Mask2Former.Config, levels: Int, in scope: ModuleScope) {
        levelEmbedding = scope.parameter("level_embed", shape: [levels, config.width], .normal(deviation: 1))
        layers = (0..<config.pixelDecoder.layers).map { layer in
            DeformableLayer(config, levels: levels, in: scope.child(Self.layerName(layer)))
        }
    }

    private static func layerName(_ layer: Int) -> String { "encoder.layers.\(layer)" }

    var parameters: [(name: String, parameter: Parameter)] { [("level_embed", levelEmbedding)] }
    var children: [(name: String, module: any Module)] {
        layers.enumerated().map { (Self.layerName($0), $1) }
    }

    /// Maps `[B, h, w, C]` of each level, deepest first, and the same sizes out.
    func callAsFunction(_ maps: [Tensor], in context: ForwardContext) -> [Tensor] {
        let (batch, width) = (maps[0].shape[0], maps[0].shape[3])
        let sizes = maps.map { (height: $0.shape[1], width: $0.shape[2]) }
        // [B, h_i, w_i, C] -> [B, L, C]
        let cells = Tensor.concatenated(maps.map { $0.reshaped([batch, -1, width]) }, axis: 1)
        let positions = Tensor.concatenated(
            sizes.enumerated().map { level, size in
                Tensor.sinePositions(height: size.height, width: size.width, channels: width)
                    + levelEmbedding.value.sliced(level..<level + 1, axis: 0)
            }, axis: 0)
        let places = LevelPlaces(sizes)
        let refined = layers.reduce(cells) { $1($0, positions: positions, places, in: context) }
        var start = 0
        return sizes.map { size in
            defer { start += size.height * size.width }
            return refined.sliced(start..<start + size.height * size.width, axis: 1)
                .reshaped([batch, size.height, size.width, width])
        }
    }
}

/// The levels that cells attend to, and where each cell lies in its own.
struct LevelPlaces {
    let levels: [(height: Int, width: Int)]
    /// `[L, 2]`: x and y of each cell's centre, of levels of side 1.
    let references: Tensor

    init(_ levels: [(height: Int, width: Int)]) {
        self.levels = levels
        var centres: [Float] = []
        for (height, width) in levels {
            for y in 0..<height {
                for x in 0..<width {
                    centres.append((Float(x) + 0.5) / Float(width))
                    centres.append((Float(y) + 0.5) / Float(height))
                }
            }
        }
        references = Tensor(centres, shape: [centres.count / 2, 2])
    }
}

/// `x = norm1(x + attention(x + positions, x))`, then `x = norm2(x + linear2(relu(linear1(x))))`.
final class DeformableLayer: Module {
    private let attention: DeformableAttention
    private let norm1: LayerNorm
    private let feedForward: FeedForward
    private let norm2: LayerNorm

    init(_ config: Mask2Former.Config, levels: Int, in scope: ModuleScope) {
        attention = DeformableAttention(config, levels: levels, in: scope.child("self_attn"))
        norm1 = LayerNorm(config.width, epsilon: 1e-5, in: scope.child("norm1"))
        feedForward = FeedForward(width: config.width, hidden: config.pixelDecoder.hidden, in: scope)
        norm2 = LayerNorm(config.width, epsilon: 1e-5, in: scope.child("norm2"))
    }

    var children: [(name: String, module: any Module)] {
        [("self_attn", attention), ("norm1", norm1)] + feedForward.children + [("norm2", norm2)]
    }

    /// - Parameters:
    ///   - cells: `[B, L, C]`.
    ///   - positions: `[L, C]`.
    func callAsFunction(
        _ cells: Tensor, positions: Tensor, _ places: LevelPlaces, in context: ForwardContext
    ) -> Tensor {
        let attended = norm1(cells + attention(cells + positions, values: cells, places))
        guard context.recomputation != .none else { return norm2(attended + feedForward(attended)) }
        return attended.recomputingInBackward { self.norm2($0 + self.feedForward($0)) }
    }
}

/// Attention to few points around each cell, on every level: where they lie, and what each weighs, is linear in the
/// query.
final class DeformableAttention: Module {
    private let offsets: Linear
    private let weights: Linear
    private let values: Linear
    private let output: Linear
    private let heads: Int
    private let points: Int

    init(_ config: Mask2Former.Config, levels: Int, in scope: ModuleScope) {
        (heads, points) = (config.heads, config.pixelDecoder.points)
        let (width, samples) = (config.width, heads * levels * points)
        func linear(_ name: String, _ outputs: Int, _ initialization: Initialization) -> Linear {
            Linear(
                inputs: width, outputs: outputs, initialization: initialization, biasInitialization: .zeros,
                in: scope.child(name))
        }
        offsets = linear("sampling_offsets", 2 * samples, .zeros)
        weights = linear("attention_weights", samples, .zeros)
        values = linear("value_proj", width, .xavier(fanIn: width, fanOut: width))
        output = linear("output_proj", width, .xavier(fanIn: width, fanOut: width))
        offsets.bias?.assign(Self.rays(heads: heads, levels: levels, points: points))
    }

    var children: [(name: String, module: any Module)] {
        [
            ("sampling_offsets", offsets), ("attention_weights", weights), ("value_proj", values),
            ("output_proj", output),
        ]
    }

    /// - Parameters:
    ///   - queries: `[B, L, C]`.
    ///   - cells: `[B, L, C]`, of all levels.
    func callAsFunction(_ queries: Tensor, values cells: Tensor, _ places: LevelPlaces) -> Tensor {
        let logits = weights(queries)
        // Over the points of all levels together: [B, L, heads, levels * points].
        let shares = logits.reshaped(Array(logits.shape.dropLast()) + [heads, places.levels.count * points]).softmax()
        return output(
            Tensor.deformableAttention(
                values: values(cells), levels: places.levels, offsets: offsets(queries),
                weights: shares.reshaped(logits.shape), references: places.references, heads: heads, points: points))
    }

    /// The first offsets, `[heads * levels * points * 2]`: every head looks along a ray of its own, a cell further with
    /// each point.
    static func rays(heads: Int, levels: Int, points: Int) -> Tensor {
        var values: [Float] = []
        for head in 0..<heads {
            let angle = 2 * Float.pi * Float(head) / Float(heads)
            let (x, y) = (cosf(angle), sinf(angle))
            let length = max(abs(x), abs(y))
            for _ in 0..<levels {
                for point in 1...points { values += [Float(point) * x / length, Float(point) * y / length] }
            }
        }
        return Tensor(values, shape: [values.count])
    }
}
