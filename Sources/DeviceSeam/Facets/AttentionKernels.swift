/// The operands of one scaled-dot-product attention. Keys and values may lie in one array, side by side.
package struct AttentionOperands {
    /// Something that every pair of a query and a key has a number of.
    package struct PairTable {
        /// `[patterns, heads, N, M]`; `[patterns, heads, 1, M]` where `isOfKeys`.
        package let array: FloatArray
        /// Image `b` reads pattern `b % patterns`.
        package let patterns: Int
        /// As many as the attention has, or 1 for all.
        package let heads: Int
        /// Whether one row serves all queries.
        package let isOfKeys: Bool

        package init(_ array: FloatArray, patterns: Int, heads: Int, isOfKeys: Bool) {
            self.array = array
            self.patterns = patterns
            self.heads = heads
            self.isOfKeys = isOfKeys
        }
    }

    /// `[B, N, heads * headSize]`
    package let queries: FloatArray
    /// `[B, M, keyRowStride]`
    package let keys: FloatArray
    package let values: FloatArray
    /// Elements before the first value of a row: `heads * headSize` where keys come first in the same array.
    package let valueStart: Int
    /// Elements from one key (or value) row to the next.
    package let keyRowStride: Int
    package let heads: Int
    /// Added to the scores.
    package var bias: PairTable?
    /// Added to the scores too; never `isOfKeys`.
    package var penalty: PairTable?
    /// Keys that a query sees have a value other than 0; `nil`: all.
    package var visible: PairTable?
    /// Whether query `i` sees no key after `i + M - N`.
    package var isCausal = false

    package init(
        queries: FloatArray, keys: FloatArray, values: FloatArray, valueStart: Int, keyRowStride: Int, heads: Int
    ) {
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
    /// What products of queries and keys are multiplied with, `1 / sqrt(headSize)`.
    package var scale: Float { 1 / Float(headSize).squareRoot() }
}

/// Where the gradients of an attention go, in the layouts of their operands.
package struct AttentionGradients {
    package let queries: FloatArray
    package let keys: FloatArray
    /// One array with `keys` where the operands are.
    package let values: FloatArray
    /// `nil` where it is not wanted.
    package let bias: FloatArray?

    package init(queries: FloatArray, keys: FloatArray, values: FloatArray, bias: FloatArray?) {
        self.queries = queries
        self.keys = keys
        self.values = values
        self.bias = bias
    }
}

package protocol AttentionKernels {
    /// `output = softmax(scale * queries keys^T + bias + penalty) values` over the visible keys, for each head; never
    /// holds all scores at once. Queries that see no key are counted in `faults`.
    ///
    /// `logSums` is `[B, heads, N]`: the logarithm of the sum of `e^score`, kept for the gradient.
    func attention(_ operands: AttentionOperands, into output: FloatArray, logSums: FloatArray, faults: Faults)
    func attentionGradients(
        _ upstream: FloatArray, _ operands: AttentionOperands, output: FloatArray, logSums: FloatArray,
        into gradients: AttentionGradients)
}
