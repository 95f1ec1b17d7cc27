import NN
import TensorEngine

/// One transformer block: `x += drop(attention(norm1(x)))`, then `x += drop(feedForward(norm2(x)))`.
final class MixTransformerBlock: Module {
    private let norm1: LayerNorm
    private let attention: ReducedAttention
    private let norm2: LayerNorm
    private let feedForward: MixFeedForward
    private let attentionDrop: DropPath
    private let feedForwardDrop: DropPath

    init(channels: Int, heads: Int, reduction: Int, expansion: Int, dropPathRate: Float, in scope: ModuleScope) {
        norm1 = LayerNorm(channels, epsilon: 1e-6, in: scope.child("norm1"))
        attention = ReducedAttention(channels: channels, heads: heads, reduction: reduction, in: scope.child("attn"))
        norm2 = LayerNorm(channels, epsilon: 1e-6, in: scope.child("norm2"))
        feedForward = MixFeedForward(channels: channels, hidden: channels * expansion, in: scope.child("mlp"))
        attentionDrop = DropPath(rate: dropPathRate, in: scope.child("attn_drop_path"))
        feedForwardDrop = DropPath(rate: dropPathRate, in: scope.child("mlp_drop_path"))
    }

    var children: [(name: String, module: any Module)] {
        [("norm1", norm1), ("attn", attention), ("norm2", norm2), ("mlp", feedForward)]
    }

    func apply(_ epsilons: LayerNormEpsilons) {
        norm1.epsilon = epsilons.blocks
        norm2.epsilon = epsilons.blocks
        attention.reduction?.norm.epsilon = epsilons.embeddings
    }

    /// `[B, H, W, C] -> [B, H, W, C]`
    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> Tensor {
        switch context.recomputation {
        case .none: fedForward(attended(map, in: context), in: context)
        case .attention: fedForward(map.recomputingInBackward { self.attended($0, in: context) }, in: context)
        case .block: map.recomputingInBackward { self.fedForward(self.attended($0, in: context), in: context) }
        }
    }

    private func attended(_ map: Tensor, in context: ForwardContext) -> Tensor {
        map + attentionDrop(attention(norm1(map)), in: context)
    }

    private func fedForward(_ map: Tensor, in context: ForwardContext) -> Tensor {
        map + feedForwardDrop(feedForward(norm2(map)), in: context)
    }
}

/// Attention of every pixel to a smaller map: keys and values come from a strided convolution of the tokens
/// (arXiv:2105.15203, equation 1 and 2).
final class ReducedAttention: Module {
    private let query: Linear
    /// Keys and values in one product, `[K | V]`.
    private let keyValue: Linear
    private let output: Linear
    /// Absent where keys and values are not reduced.
    let reduction: TokenReduction?
    private let heads: Int

    init(channels: Int, heads: Int, reduction: Int, in scope: ModuleScope) {
        precondition(channels % heads == 0, "ReducedAttention: \(heads) heads do not divide \(channels) channels")
        func linear(_ name: String, _ outputs: Int) -> Linear {
            Linear(
                inputs: channels, outputs: outputs, initialization: .normal(deviation: 0.02),
                biasInitialization: .zeros, in: scope.child(name))
        }
        query = linear("q", channels)
        keyValue = linear("kv", 2 * channels)
        output = linear("proj", channels)
        self.reduction = reduction > 1 ? TokenReduction(channels: channels, ratio: reduction, in: scope) : nil
        self.heads = heads
    }

    var children: [(name: String, module: any Module)] {
        [("q", query), ("kv", keyValue), ("proj", output)]
            + (reduction.map { [("sr", $0.convolution), ("norm", $0.norm)] } ?? [])
    }

    func callAsFunction(_ map: Tensor) -> Tensor {
        let (batch, channels) = (map.shape[0], map.shape[3])
        // [B, H, W, C] -> [B, N, C] without a copy
        let queries = query(map.reshaped([batch, -1, channels]))
        // [B, H / r, W / r, C] -> [B, M, 2 C]
        let pairs = keyValue((reduction.map { $0(map) } ?? map).reshaped([batch, -1, channels]))
        let attended = Tensor.attention(queries: queries, keysAndValues: pairs, heads: heads)
        return output(attended).reshaped(map.shape)
    }
}

/// The convolution and norm that shrink the map of keys and values.
final class TokenReduction {
    let convolution: Conv2d
    let norm: LayerNorm

    /// - Parameter scope: of the attention; the two modules are its children `sr` and `norm`.
    init(channels: Int, ratio: Int, in scope: ModuleScope) {
        convolution = Conv2d(
            inputs: channels, outputs: channels, kernel: ratio, stride: ratio,
            initialization: .kaiming(fanOut: ratio * ratio * channels), biasInitialization: .zeros,
            in: scope.child("sr"))
        norm = LayerNorm(channels, epsilon: 1e-5, in: scope.child("norm"))
    }

    /// `[B, H, W, C] -> [B, floor(H / r), floor(W / r), C]`
    func callAsFunction(_ map: Tensor) -> Tensor { norm(convolution(map)) }
}

/// The feed-forward net: linear, depthwise 3x3 that tells tokens where they are, GELU, linear
/// (arXiv:2105.15203, equation 3).
final class MixFeedForward: Module {
    private let expand: Linear
    private let depthwise: Conv2d
    private let contract: Linear

    init(channels: Int, hidden: Int, in scope: ModuleScope) {
        expand = Linear(
            inputs: channels, outputs: hidden, initialization: .normal(deviation: 0.02), biasInitialization: .zeros,
            in: scope.child("fc1"))
        // fan-out of one group: 3 * 3 * 1
        depthwise = Conv2d(
            inputs: hidden, outputs: hidden, kernel: 3, padding: 1, groups: hidden,
            initialization: .kaiming(fanOut: 9), biasInitialization: .zeros, in: scope.child("dwconv.dwconv"))
        contract = Linear(
            inputs: hidden, outputs: channels, initialization: .normal(deviation: 0.02), biasInitialization: .zeros,
            in: scope.child("fc2"))
    }

    var children: [(name: String, module: any Module)] {
        [("fc1", expand), ("dwconv.dwconv", depthwise), ("fc2", contract)]
    }

    /// `[B, H, W, C] -> [B, H, W, 4 C] -> [B, H, W, C]`
    func callAsFunction(_ map: Tensor) -> Tensor { contract(depthwise(expand(map)).gelu()) }
}
