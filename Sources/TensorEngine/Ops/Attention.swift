extension Tensor {
    /// Scaled-dot-product attention (arXiv:1706.03762, equation 1) with `heads` heads side by side in the last axis:
    /// `softmax(Q K^T / sqrt(d)) V` for each, `d = C / heads`.
    ///
    /// Scores exist for one block of queries at a time; the backward pass computes them again (arXiv:2205.14135).
    ///
    /// - Parameters:
    ///   - queries: `[B, N, C]`
    ///   - keysAndValues: `[B, M, 2 C]`, first the keys of all heads, then the values.
    /// - Returns: `[B, N, C]`
    /// - Precondition: `heads` divides `C`, `M >= 1`.
    public static func attention(queries: Tensor, keysAndValues: Tensor, heads: Int) -> Tensor {
        checkAttention(queries, keysAndValues, width: 2, heads: heads)
        let operands = AttentionOperands(
            queries: queries, keys: keysAndValues, values: keysAndValues, valueStart: queries.shape[2],
            keyRowStride: 2 * queries.shape[2], heads: heads)
        let (output, logSums) = forward(operands)
        return output.recorded(from: [queries, keysAndValues]) { upstream, _ in
            let ofQueries = Tensor(uninitialized: queries.shape)
            let ofKeysAndValues = Tensor(uninitialized: keysAndValues.shape)
            Engine.backend.attentionGradients(
                upstream, operands, output: output, logSums: logSums, queryGradient: ofQueries,
                keyGradient: ofKeysAndValues, valueGradient: ofKeysAndValues)
            return [ofQueries, ofKeysAndValues]
        }
    }

    /// The same with keys and values apart, each `[B, M, C]`.
    public static func attention(queries: Tensor, keys: Tensor, values: Tensor, heads: Int) -> Tensor {
        checkAttention(queries, keys, width: 1, heads: heads)
        precondition(values.shape == keys.shape, "attention: values \(values.shape) do not fit keys \(keys.shape)")
        let operands = AttentionOperands(
            queries: queries, keys: keys, values: values, valueStart: 0, keyRowStride: queries.shape[2], heads: heads)
        let (output, logSums) = forward(operands)
        return output.recorded(from: [queries, keys, values]) { upstream, _ in
            let ofQueries = Tensor(uninitialized: queries.shape)
            let (ofKeys, ofValues) = (Tensor(uninitialized: keys.shape), Tensor(uninitialized: keys.shape))
            Engine.backend.attentionGradients(
                upstream, operands, output: output, logSums: logSums, queryGradient: ofQueries, keyGradient: ofKeys,
                valueGradient: ofValues)
            return [ofQueries, ofKeys, ofValues]
        }
    }

    private static func forward(_ operands: AttentionOperands) -> (output: Tensor, logSums: Tensor) {
        let output = Tensor(uninitialized: operands.queries.shape)
        let logSums = Tensor(uninitialized: [operands.batch, operands.heads, operands.queryCount])
        Engine.backend.attention(operands, into: output, logSums: logSums)
        return (output, logSums)
    }

    private static func checkAttention(_ queries: Tensor, _ keys: Tensor, width: Int, heads: Int) {
        precondition(
            queries.rank == 3 && heads >= 1 && queries.shape[2] >= heads && queries.shape[2].isMultiple(of: heads),
            "attention: queries must be [B, N, C] with C a multiple of \(heads) heads, got \(queries.shape)")
        precondition(
            keys.rank == 3 && keys.shape[0] == queries.shape[0] && keys.shape[1] >= 1
                && keys.shape[2] == width * queries.shape[2],
            "attention: keys \(keys.shape) do not fit queries \(queries.shape)")
    }
}
