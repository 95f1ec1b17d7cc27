internal import NN
internal import TensorEngine

/// One block of the tower: `x += attention(LN1 x)`, `x += W2 activation(W1 LN2 x)`.
final class CLIPTextBlock: Module {
    private let firstNorm: LayerNorm
    private let attention: CausalSelfAttention
    private let secondNorm: LayerNorm
    private let perceptron: Perceptron

    init(_ config: CLIPTextConfig, in scope: ModuleScope) {
        firstNorm = LayerNorm(config.width, epsilon: config.layerNormEpsilon, in: scope.child("layer_norm1"))
        attention = CausalSelfAttention(config.width, heads: config.heads, in: scope.child("self_attn"))
        secondNorm = LayerNorm(config.width, epsilon: config.layerNormEpsilon, in: scope.child("layer_norm2"))
        perceptron = Perceptron(config, in: scope.child("mlp"))
    }

    var children: [(name: String, module: any Module)] {
        [("layer_norm1", firstNorm), ("self_attn", attention), ("layer_norm2", secondNorm), ("mlp", perceptron)]
    }

    /// `[B, L, W] -> [B, L, W]`
    func callAsFunction(_ tokens: Tensor) -> Tensor {
        let attended = tokens + attention(firstNorm(tokens))
        return attended + perceptron(secondNorm(attended))
    }
}

/// Attention of each token to itself and those before it.
final class CausalSelfAttention: Module {
    private let queries: Linear
    private let keys: Linear
    private let values: Linear
    private let output: Linear
    private let heads: Int

    init(_ width: Int, heads: Int, in scope: ModuleScope) {
        func linear(_ name: String) -> Linear { Linear(inputs: width, outputs: width, in: scope.child(name)) }
        queries = linear("q_proj")
        keys = linear("k_proj")
        values = linear("v_proj")
        output = linear("out_proj")
        self.heads = heads
    }

    var children: [(name: String, module: any Module)] {
        [("q_proj", queries), ("k_proj", keys), ("v_proj", values), ("out_proj", output)]
    }

    func callAsFunction(_ tokens: Tensor) -> Tensor {
        output(
            Tensor.attention(
                queries: queries(tokens), keys: keys(tokens), values: values(tokens), heads: heads, mask: .causal))
    }
}

/// Two layers with an activation between them.
private final class Perceptron: Module {
    private let first: Linear
    private let second: Linear
    private let activation: CLIPTextConfig.Activation

    init(_ config: CLIPTextConfig, in scope: ModuleScope) {
        first = Linear(inputs: config.width, outputs: config.hiddenWidth, in: scope.child("fc1"))
        second = Linear(inputs: config.hiddenWidth, outputs: config.width, in: scope.child("fc2"))
        activation = config.activation
    }

    var children: [(name: String, module: any Module)] { [("fc1", first), ("fc2", second)] }

    func callAsFunction(_ tokens: Tensor) -> Tensor {
        let hidden = first(tokens)
        return switch activation {
        case .gelu: second(hidden.gelu())
        case .quickGELU: second(hidden * (hidden * 1.702).sigmoid())
        }
    }
}
