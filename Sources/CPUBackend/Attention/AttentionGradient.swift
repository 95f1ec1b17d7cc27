internal import CKernels

/// The gradient of attention, one block of queries at a time (arXiv:2205.14135, algorithm 4).
///
/// With probabilities `P`, output `O` and its gradient `dO`: `dV = P^T dO`, `dP = dO V^T`,
/// `dS = P * (dP - rowsum(dO * O))`, `dQ = scale dS K`, `dK = scale dS^T Q`.
struct AttentionGradient {
    let heads: AttentionPointers
    let upstream: UnsafePointer<Float>
    let output: UnsafePointer<Float>
    let logSums: UnsafePointer<Float>
    let queryGradient: UnsafeMutablePointer<Float>

    private var scores: Int { heads.blockRows * heads.keyCount }
    /// Gradients of the keys of a head, then of its values, `[M, headSize]` each.
    var partialFloats: Int { 2 * heads.keyCount * heads.headSize }
    /// Floats of a block of queries, or of their gradients, as a right factor.
    private var blockFloats: Int { PanelMatrix.floats(inner: heads.blockRows, columns: heads.headSize) }
    /// Probabilities, gradients to the scores, one number a query, a block of queries.
    var scratchFloats: Int { 2 * scores + heads.blockRows + blockFloats }

    /// Writes the gradients of the queries of some blocks and adds their share to those of keys and values.
    ///
    /// - Parameters:
    ///   - packed: with keys both ways and values transposed.
    ///   - sums: `partialFloats`
    ///   - bias: adds to the table of this head, `[N, M]`; nil where it is not wanted.
    func addBlocks(
        _ blocks: Range<Int>, head: Int, _ packed: PackedHead, to sums: UnsafeMutablePointer<Float>,
        bias: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) {
        for block in blocks {
            addBlock(heads.rows(ofBlock: block), head: head, packed, to: sums, bias: bias, scratch: scratch)
        }
    }

    private func addBlock(
        _ rows: Range<Int>, head: Int, _ packed: PackedHead, to sums: UnsafeMutablePointer<Float>,
        bias: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) {
        let (probabilities, gradients, shifts) = (scratch, scratch + scores, scratch + 2 * scores)
        let block = shifts + heads.blockRows
        let (size, keyCount) = (heads.headSize, heads.keyCount)
        let start = heads.queryStart(head, row: rows.lowerBound)
        let dO = HostMatrix(first: upstream + start, rowStride: heads.channels)
        let P = HostMatrix(first: UnsafePointer(probabilities), rowStride: keyCount)
        let dS = HostMatrix(first: UnsafePointer(gradients), rowStride: keyCount)

        heads.scores(head, rows, keys: packed, into: probabilities)
        ck_attention_probabilities(
            probabilities, rows.count, keyCount, logSums + head * heads.queryCount + rows.lowerBound)
        PanelMatrix(dO, inner: rows.count, columns: size, in: block).multiply(
            P.transposed, into: sums + keyCount * size, rowStride: size, rows: keyCount, adding: true)
        packed[.valuesTransposed].multiply(
            dO, into: gradients, rowStride: keyCount, rows: rows.count, adding: false)
        ck_row_dots(upstream + start, output + start, rows.count, size, heads.channels, shifts)
        ck_attention_score_gradients(probabilities, shifts, rows.count, keyCount, gradients)
        if let bias { ck_accumulate(bias + rows.lowerBound * keyCount, gradients, rows.count * keyCount) }
        packed[.keys].multiply(
            dS, into: queryGradient + start, rowStride: heads.channels, rows: rows.count, scale: heads.scale,
            adding: false)
        PanelMatrix(heads.queries(head, row: rows.lowerBound), inner: rows.count, columns: size, in: block).multiply(
            dS.transposed, into: sums, rowStride: size, rows: keyCount, scale: heads.scale, adding: true)
    }

    /// Stores the sums of one head in the operands' layout, the segments added in their order.
    ///
    /// - Parameter sums: of its segments, `partialFloats` each.
    func collect(
        _ sums: UnsafeMutablePointer<Float>, head: Int, keys: UnsafeMutablePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        for segment in 1..<max(1, heads.segmentsPerHead) {
            ck_accumulate(sums, sums + segment * partialFloats, partialFloats)
        }
        let (size, start) = (heads.headSize, heads.keyStart(head))
        ck_copy_rows(sums, size, keys + start, heads.keyRowStride, size, heads.keyCount)
        ck_copy_rows(sums + heads.keyCount * size, size, values + start, heads.keyRowStride, size, heads.keyCount)
    }
}
