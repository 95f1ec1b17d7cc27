import NN
import TensorEngine

/// One layer of the transformer decoder. The authors keep the three parts of all layers in three lists, so its children
/// are named from the decoder.
final class MaskedTransformerLayer: Module {
    private let crossAttention: PackedAttention
    private let crossNorm: LayerNorm
    private let selfAttention: PackedAttention
    private let selfNorm: LayerNorm
    private let feedForward: FeedForward
    private let feedForwardNorm: LayerNorm
    private let place: Int

    private enum Part: String {
        case cross = "transformer_cross_attention_layers"
        case own = "transformer_self_attention_layers"
        case feedForward = "transformer_ffn_layers"
    }

    /// - Parameters:
    ///   - place: among the layers.
    ///   - scope: of the decoder.
    init(_ config: Mask2Former.Config, place: Int, in scope: ModuleScope) {
        self.place = place
        func child(_ part: Part, _ name: String) -> ModuleScope { scope.child("\(part.rawValue).\(place).\(name)") }
        func norm(_ part: Part) -> LayerNorm { LayerNorm(config.width, epsilon: 1e-5, in: child(part, "norm")) }
        let (width, heads) = (config.width, config.heads)
        crossAttention = PackedAttention(width: width, heads: heads, in: child(.cross, "multihead_attn"))
        crossNorm = norm(.cross)
        selfAttention = PackedAttention(width: width, heads: heads, in: child(.own, "self_attn"))
        selfNorm = norm(.own)
        feedForward = FeedForward(
            width: width, hidden: config.transformer.hidden, in: scope.child("\(Part.feedForward.rawValue).\(place)"))
        feedForwardNorm = norm(.feedForward)
    }

    var children: [(name: String, module: any Module)] {
        func name(_ part: Part, _ name: String) -> String { "\(part.rawValue).\(place).\(name)" }
        return [
            (name(.own, "self_attn"), selfAttention), (name(.own, "norm"), selfNorm),
            (name(.cross, "multihead_attn"), crossAttention), (name(.cross, "norm"), crossNorm),
        ] + feedForward.children.map { (name(.feedForward, $0.name), $0.module) } + [
            (name(.feedForward, "norm"), feedForwardNorm)
        ]
    }

    /// - Parameters:
    ///   - queries: `[B, Q, C]`.
    ///   - positions: of the queries, `[Q, C]`.
    ///   - visible: the cells that each query sees, `[B, 1, Q, L]`.
    func callAsFunction(
        _ queries: Tensor, positions: Tensor, _ level: AttendedLevel, _ visible: Tensor, in context: ForwardContext
    ) -> Tensor {
        let looked = crossNorm(
            queries
                + crossAttention(
                    queries: queries + positions, keys: level.keys, values: level.values, mask: .visible(visible)))
        let placed = looked + positions
        let related = selfNorm(looked + selfAttention(queries: placed, keys: placed, values: looked))
        return feedForwardNorm(related + feedForward(related))
    }
}

/// Attention whose projections of queries, keys and values are one tensor of rows in this order, as PyTorch keeps them.
final class PackedAttention: Module {
    /// `[3 C, C]`
    private let weight: Parameter
    /// `[3 C]`
    private let bias: Parameter
    private let output: Linear
    private let width: Int
    private let heads: Int

    /// - Precondition: `heads` divides `width`.
    init(width: Int, heads: Int, in scope: ModuleScope) {
        (self.width, self.heads) = (width, heads)
        weight = scope.parameter(
            "in_proj_weight", shape: [3 * width, width], .xavier(fanIn: width, fanOut: 3 * width))
        bias = scope.parameter("in_proj_bias", shape: [3 * width], .zeros)
        output = Linear(
            inputs: width, outputs: width, initialization: .xavier(fanIn: width, fanOut: width),
            biasInitialization: .zeros, in: scope.child("out_proj"))
    }

    var parameters: [(name: String, parameter: Parameter)] { [("in_proj_weight", weight), ("in_proj_bias", bias)] }
    var children: [(name: String, module: any Module)] { [("out_proj", output)] }

    /// - Parameters:
    ///   - queries: `[B, N, C]`
    ///   - keys: `[B, M, C]`
    ///   - values: `[B, M, C]`
    func callAsFunction(queries: Tensor, keys: Tensor, values: Tensor, mask: AttentionMask? = nil) -> Tensor {
        func projected(_ input: Tensor, _ part: Int) -> Tensor {
            let rows = part * width..<(part + 1) * width
            return input.linear(weight: weight.value.sliced(rows, axis: 0), bias: bias.value.sliced(rows, axis: 0))
        }
        return output(
            Tensor.attention(
                queries: projected(queries, 0), keys: projected(keys, 1), values: projected(values, 2), heads: heads,
                mask: mask))
    }
}

/// `linear2(relu(linear1(x)))`.
final class FeedForward: Module {
    private let expand: Linear
    private let contract: Linear

    init(width: Int, hidden: Int, in scope: ModuleScope) {
        let initialization = Initialization.xavier(fanIn: width, fanOut: hidden)
        expand = Linear(inputs: width, outputs: hidden, initialization: initialization, in: scope.child("linear1"))
        contract = Linear(inputs: hidden, outputs: width, initialization: initialization, in: scope.child("linear2"))
    }

    var children: [(name: String, module: any Module)] { [("linear1", expand), ("linear2", contract)] }

    func callAsFunction(_ tokens: Tensor) -> Tensor { contract(expand(tokens).relu()) }
}

/// A table of vectors that are learned.
final class LearnedRows: Module {
    /// `[count, width]`
    private let weight: Parameter

    static let name = "weight"

    init(count: Int, width: Int, in scope: ModuleScope) {
        weight = scope.parameter(Self.name, shape: [count, width], .normal(deviation: 1))
    }

    var value: Tensor { weight.value }
    var parameters: [(name: String, parameter: Parameter)] { [(Self.name, weight)] }
}
