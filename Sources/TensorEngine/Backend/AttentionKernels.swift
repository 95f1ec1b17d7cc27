/// The operands of one scaled-dot-product attention. Keys and values may lie in one tensor, side by side.
package struct AttentionOperands {
    /// `[B, N, heads * headSize]`
    package let queries: Tensor
    /// `[B, M, keyRowStride]`
    package let keys: Tensor
    package let values: Tensor
    /// Elements before the first value of a row: `heads * headSize` where keys come first in the same tensor.
    package let valueStart: Int
    /// Elements from one key (or value) row to the next.
    package let keyRowStride: Int
    package let heads: Int

    package init(queries: Tensor, keys: Tensor, values: Tensor, valueStart: Int, keyRowStride: Int, heads: Int) {
        self.queries = queries
        self.keys = keys
        self.values = values
        self.valueStart = valueStart
        self.keyRowStride = keyRowStride
        self.heads = heads
    }

    package var batch: Int { queries.shape[0] }
    package var queryCount: Int { queries.shape[1] }
    package var keyCount: Int { keys.shape[1] }
    package var channels: Int { queries.shape[2] }
    package var headSize: Int { channels / heads }
    /// What scores are multiplied with, `1 / sqrt(headSize)`.
    package var scale: Float { 1 / Float(headSize).squareRoot() }
}

package protocol AttentionKernels {
    /// `output = softmax(scale * queries keys^T) values` for each head; never holds all scores at once.
    ///
    /// `logSums` is `[B, heads, N]`: the logarithm of the sum of `e^score`, kept for the gradient.
    func attention(_ operands: AttentionOperands, into output: Tensor, logSums: Tensor)
    /// Gradients in the layouts of their operands; `keyGradient` and `valueGradient` are one tensor where the operands
    /// are.
    func attentionGradients(
        _ upstream: Tensor, _ operands: AttentionOperands, output: Tensor, logSums: Tensor, queryGradient: Tensor,
        keyGradient: Tensor, valueGradient: Tensor)
}
