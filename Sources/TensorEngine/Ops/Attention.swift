internal import DeviceSeam

/// Which keys the queries of an attention see. Every query must see at least one: where a method's mask leaves one
/// without, the caller shows it all of them, as Mask2Former does (arXiv:2112.01527, code). A query that sees none ends
/// the program when results come back to the host.
public enum AttentionMask {
    /// Query `i` sees keys up to `i + M - N`: with as many keys as queries, itself and those before it.
    case causal
    /// Keys other than 0 are seen; no gradient flows here.
    ///
    /// - `[P, heads, N, M]`, or `[P, 1, N, M]` for all heads: image `b` of the batch reads pattern `b % P`. `P` is the
    ///   batch, 1, or, where images are windows of maps in row order, the number of windows of a map.
    /// - `[P, N, M]`: for all heads.
    /// - `[P, M]`: the same keys for all heads and queries, such as those of tokens that are no padding.
    case visible(Tensor)
    /// Numbers that are added to the scores beside the bias and have no gradient: large negative ones hide keys all but
    /// wholly, as between the regions of a shifted window (arXiv:2103.14030, section 3.2). Of the shapes of `visible`
    /// but the last.
    case added(Tensor)
}

extension Tensor {
    /// Scaled-dot-product attention (arXiv:1706.03762, equation 1) with `heads` heads side by side in the last axis:
    /// `softmax(Q K^T / sqrt(d) + bias) V` for each over the keys that the mask shows, `d = C / heads`.
    ///
    /// Scores exist for one block of queries at a time; the backward pass computes them again (arXiv:2205.14135).
    ///
    /// - Parameters:
    ///   - queries: `[B, N, C]`
    ///   - keysAndValues: `[B, M, 2 C]`, first the keys of all heads, then the values.
    ///   - bias: `[heads, N, M]` for all images, or `[P, heads, N, M]` or `[P, 1, N, M]` as in `AttentionMask.visible`;
    ///     it has a gradient.
    /// - Returns: `[B, N, C]`
    /// - Precondition: `heads` divides `C`, `P` divides `B`, `M >= 1`; every query sees a key.
    public static func attention(
        queries: Tensor, keysAndValues: Tensor, heads: Int, bias: Tensor? = nil, mask: AttentionMask? = nil
    ) -> Tensor {
        Attention(queries, keysAndValues, nil, heads: heads, bias, mask).run()
    }

    /// The same with keys and values apart, each `[B, M, C]`.
    public static func attention(
        queries: Tensor, keys: Tensor, values: Tensor, heads: Int, bias: Tensor? = nil, mask: AttentionMask? = nil
    ) -> Tensor {
        precondition(values.shape == keys.shape, "attention: values \(values.shape) do not fit keys \(keys.shape)")
        return Attention(queries, keys, values, heads: heads, bias, mask).run()
    }
}

/// One attention, with its operands as the kernels take them.
private struct Attention {
    private let queries: Tensor
    private let keys: Tensor
    /// nil where they lie beside the keys.
    private let values: Tensor?
    private let bias: Tensor?
    private let operands: AttentionOperands
    /// Besides queries, keys, values and bias.
    private let maskTable: Tensor?

    init(
        _ queries: Tensor, _ keys: Tensor, _ values: Tensor?, heads: Int, _ bias: Tensor?, _ mask: AttentionMask?
    ) {
        Self.check(queries, keys, width: values == nil ? 2 : 1, heads: heads)
        (self.queries, self.keys, self.values, self.bias) = (queries, keys, values, bias)
        let channels = queries.shape[2]
        var operands = AttentionOperands(
            queries: queries.array, keys: keys.array, values: (values ?? keys).array,
            valueStart: values == nil ? channels : 0, keyRowStride: keys.shape[2], heads: heads)
        operands.bias = bias.map { Self.table(of: $0, bias: true, operands) }
        switch mask {
        case .visible(let seen):
            maskTable = seen
            operands.visible = Self.table(of: seen, bias: false, operands)
        case .added(let penalty):
            maskTable = penalty
            let table = Self.table(of: penalty, bias: false, operands)
            precondition(
                !table.isOfKeys, "attention: what is added must have a row for each query, got \(penalty.shape)")
            operands.penalty = table
        case .causal:
            maskTable = nil
            operands.isCausal = true
        case nil: maskTable = nil
        }
        self.operands = operands
    }

    private var inputs: [Tensor] { [queries, keys] + [values, bias].compactMap { $0 } }
    private var reads: [Tensor] { inputs + [maskTable].compactMap { $0 } }
    /// Multiplications and additions of one product over all heads.
    private var productFlops: Int { 2 * operands.batch * operands.queryCount * operands.keyCount * operands.channels }

    /// Two products: scores, and their mean of the values.
    func run() -> Tensor {
        let output = Tensor(uninitialized: queries.shape)
        let logSums = Tensor(uninitialized: [operands.batch, operands.heads, operands.queryCount])
        Engine.run(
            .call(
                "attention", reads: reads, writes: [output, logSums], flops: 2 * productFlops, isProduct: true)
        ) {
            $0.attention(operands, into: output.array, logSums: logSums.array, faults: Engine.faults)
        }
        return output.recorded(from: inputs) { upstream, needs in
            gradients(upstream, needs, output: output, logSums: logSums)
        }
    }

    /// Five products: scores once more, as they are not kept, and the gradients of values, scores, queries and keys.
    private func gradients(
        _ upstream: Tensor, _ needs: GradientNeeds, output: Tensor, logSums: Tensor
    ) -> [Tensor?] {
        let (ofQueries, ofKeys) = (Tensor(uninitialized: queries.shape), Tensor(uninitialized: keys.shape))
        let ofValues = values.map { Tensor(uninitialized: $0.shape) }
        let ofBias = bias.flatMap { needs[needs.count - 1] ? Tensor(uninitialized: $0.shape) : nil }
        let results = [ofQueries, ofKeys] + [ofValues, ofBias].compactMap { $0 }
        Engine.run(
            .call(
                "attention gradient", reads: reads + [upstream, output, logSums], writes: results,
                flops: 5 * productFlops, isProduct: true)
        ) {
            $0.attentionGradients(
                upstream.array, operands, output: output.array, logSums: logSums.array,
                into: AttentionGradients(
                    queries: ofQueries.array, keys: ofKeys.array, values: (ofValues ?? ofKeys).array,
                    bias: ofBias?.array))
        }
        return [ofQueries, ofKeys] + (values == nil ? [] : [ofValues]) + (bias == nil ? [] : [ofBias])
    }

    private static func check(_ queries: Tensor, _ keys: Tensor, width: Int, heads: Int) {
        precondition(
            queries.rank == 3 && heads >= 1 && queries.shape[2] >= heads && queries.shape[2].isMultiple(of: heads),
            "attention: queries must be [B, N, C] with C a multiple of \(heads) heads, got \(queries.shape)")
        precondition(
            keys.rank == 3 && keys.shape[0] == queries.shape[0] && keys.shape[1] >= 1
                && keys.shape[2] == width * queries.shape[2],
            "attention: keys \(keys.shape) do not fit queries \(queries.shape)")
    }

    /// A bias or a mask of any of its shapes as `[patterns, heads, N, M]`.
    private static func table(
        of tensor: Tensor, bias: Bool, _ operands: AttentionOperands
    ) -> AttentionOperands.PairTable {
        let (shape, pairs) = (tensor.shape, [operands.queryCount, operands.keyCount])
        let (patterns, heads, isOfKeys) = switch (shape.count, bias) {
        case (3, true): (1, shape[0], false)
        case (3, false): (shape[0], 1, false)
        case (2, false): (shape[0], 1, true)
        default: (shape.first ?? 0, shape.count == 4 ? shape[1] : 0, false)
        }
        precondition(
            patterns >= 1 && operands.batch.isMultiple(of: patterns) && (heads == 1 || heads == operands.heads)
                && Array(shape.suffix(isOfKeys ? 1 : 2)) == Array(pairs.suffix(isOfKeys ? 1 : 2)),
            "attention: a \(bias ? "bias" : "mask") of \(shape) does not fit \(operands.batch) images of \(pairs[0]) "
                + "queries and \(pairs[1]) keys with \(operands.heads) heads")
        return AttentionOperands.PairTable(tensor.array, patterns: patterns, heads: heads, isOfKeys: isOfKeys)
    }
}
