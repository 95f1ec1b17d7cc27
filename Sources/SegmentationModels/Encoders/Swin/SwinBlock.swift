import NN
import TensorEngine

/// One transformer block: `x += drop(attention(norm1(x)))`, then `x += drop(feedForward(norm2(x)))`
/// (arXiv:2103.14030, equation 3).
///
/// Both branches are dropped, each by draws of its own, as in the authors' code; transformers drops the first alone.
final class SwinBlock: Module {
    private let norm1: LayerNorm
    private let attention: WindowAttention
    private let norm2: LayerNorm
    private let feedForward: SwinFeedForward
    private let attentionDrop: DropPath
    private let feedForwardDrop: DropPath

    init(channels: Int, heads: Int, window: Int, expansion: Int, dropPathRate: Float, in scope: ModuleScope) {
        norm1 = LayerNorm(channels, epsilon: layerNormEpsilon, in: scope.child("norm1"))
        attention = WindowAttention(channels: channels, heads: heads, side: window, in: scope.child("attn"))
        norm2 = LayerNorm(channels, epsilon: layerNormEpsilon, in: scope.child("norm2"))
        feedForward = SwinFeedForward(channels: channels, hidden: channels * expansion, in: scope.child("mlp"))
        attentionDrop = DropPath(rate: dropPathRate, in: scope.child("attn_drop_path"))
        feedForwardDrop = DropPath(rate: dropPathRate, in: scope.child("mlp_drop_path"))
    }

    var children: [(name: String, module: any Module)] {
        [("norm1", norm1), ("attn", attention), ("norm2", norm2), ("mlp", feedForward)]
    }

    /// `[B, H, W, C] -> [B, H, W, C]`
    func callAsFunction(_ map: Tensor, _ windows: ShiftedWindows, in context: ForwardContext) -> Tensor {
        switch context.recomputation {
        case .none: fedForward(attended(map, windows, in: context), in: context)
        case .attention:
            fedForward(map.recomputingInBackward { self.attended($0, windows, in: context) }, in: context)
        case .block:
            map.recomputingInBackward { self.fedForward(self.attended($0, windows, in: context), in: context) }
        }
    }

    /// Padding comes after the norm, so that it is zero, and is attended to like all else.
    private func attended(_ map: Tensor, _ windows: ShiftedWindows, in context: ForwardContext) -> Tensor {
        let attended = attention(windows.cut(norm1(map)), mask: windows.mask)
        return map + attentionDrop(windows.joined(attended), in: context)
    }

    private func fedForward(_ map: Tensor, in context: ForwardContext) -> Tensor {
        map + feedForwardDrop(feedForward(norm2(map)), in: context)
    }
}

/// Attention inside windows, with a learned score for every distance of two places (arXiv:2103.14030, equation 4).
final class WindowAttention: Module {
    static let tableName = "relative_position_bias_table"

    /// Scores of distances, `[(2 side - 1)^2, heads]`.
    private let table: Parameter
    /// The row of the table for each query and key, `[side^4]`.
    private let distances: IndexTensor
    /// Queries, keys and values in one product, `[Q | K | V]`.
    private let queryKeyValue: Linear
    private let output: Linear
    private let heads: Int

    init(channels: Int, heads: Int, side: Int, in scope: ModuleScope) {
        let reach = 2 * side - 1
        table = scope.parameter(Self.tableName, shape: [reach * reach, heads], .normal(deviation: 0.02))
        distances = Self.distances(side: side)
        func linear(_ name: String, _ outputs: Int) -> Linear {
            Linear(
                inputs: channels, outputs: outputs, initialization: .normal(deviation: 0.02),
                biasInitialization: .zeros, in: scope.child(name))
        }
        queryKeyValue = linear("qkv", 3 * channels)
        output = linear("proj", channels)
        self.heads = heads
    }

    var parameters: [(name: String, parameter: Parameter)] { [(Self.tableName, table)] }
    var children: [(name: String, module: any Module)] { [("qkv", queryKeyValue), ("proj", output)] }

    /// Row `(y_i - y_j + side - 1) (2 side - 1) + x_i - x_j + side - 1` for query `i` and key `j`.
    private static func distances(side: Int) -> IndexTensor {
        let (area, reach) = (side * side, 2 * side - 1)
        var rows: [Int32] = []
        rows.reserveCapacity(area * area)
        for query in 0..<area {
            for key in 0..<area {
                let (down, right) = (query / side - key / side, query % side - key % side)
                rows.append(Int32((down + side - 1) * reach + right + side - 1))
            }
        }
        return IndexTensor(rows, shape: [area * area])
    }

    /// - Parameters:
    ///   - windows: `[B * windows, N, C]`
    ///   - mask: of windows in the same order.
    func callAsFunction(_ windows: Tensor, mask: AttentionMask?) -> Tensor {
        let (places, channels) = (windows.shape[1], windows.shape[2])
        let bias = table.value.gathered(distances).reshaped([places, places, heads]).permuted([2, 0, 1])
        let attended = Tensor.attention(
            queries: part(0..<channels, of: windows), keysAndValues: part(channels..<3 * channels, of: windows),
            heads: heads, bias: bias, mask: mask)
        return output(attended)
    }

    /// Outputs of `queryKeyValue`.
    private func part(_ outputs: Range<Int>, of windows: Tensor) -> Tensor {
        windows.linear(
            weight: queryKeyValue.weight.value.sliced(outputs, axis: 0),
            bias: queryKeyValue.bias?.value.sliced(outputs, axis: 0))
    }
}

/// The feed-forward net: linear, GELU, linear.
private final class SwinFeedForward: Module {
    private let expand: Linear
    private let contract: Linear

    init(channels: Int, hidden: Int, in scope: ModuleScope) {
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
            Linear(
                inputs: inputs, outputs: outputs, initialization: .normal(deviation: 0.02),
                biasInitialization: .zeros, in: scope.child(name))
        }
        expand = linear("fc1", channels, hidden)
        contract = linear("fc2", hidden, channels)
    }

    var children: [(name: String, module: any Module)] { [("fc1", expand), ("fc2", contract)] }

    /// `[B, H, W, C] -> [B, H, W, C]`
    func callAsFunction(_ map: Tensor) -> Tensor { contract(expand(map).gelu()) }
}
