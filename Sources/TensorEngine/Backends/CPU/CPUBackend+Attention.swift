internal import CKernels

extension CPUBackend: AttentionKernels {
    func attention(_ operands: AttentionOperands, into output: Tensor, logSums: Tensor) {
        let heads = AttentionPointers(operands)
        let (results, saved) = (output.floats, logSums.floats)
        let scratchFloats = heads.blockRows * (heads.keyCount + 1)
        forEachTile(heads.headCount * heads.blocksPerHead, scratchFloats: scratchFloats) { tile, scratch in
            let head = tile / heads.blocksPerHead
            let rows = heads.rows(ofBlock: tile % heads.blocksPerHead)
            let inverseSums = scratch + heads.blockRows * heads.keyCount
            let to = results + heads.queryStart(head, row: rows.lowerBound)
            heads.scores(head, rows, into: scratch)
            ck_attention_exponentials(
                scratch, rows.count, heads.keyCount, saved + head * heads.queryCount + rows.lowerBound, inverseSums)
            serialProduct(
                HostMatrix(first: scratch, rowStride: heads.keyCount), heads.values(head), into: to,
                rowStride: heads.channels, rows: rows.count, columns: heads.headSize, inner: heads.keyCount,
                adding: false)
            ck_scale_rows(to, rows.count, heads.headSize, heads.channels, inverseSums)
        }
    }

    func attentionGradients(
        _ upstream: Tensor, _ operands: AttentionOperands, output: Tensor, logSums: Tensor, queryGradient: Tensor,
        keyGradient: Tensor, valueGradient: Tensor
    ) {
        let heads = AttentionPointers(operands)
        let gradient = AttentionGradient(
            heads: heads, upstream: upstream.floats, output: output.floats, logSums: logSums.floats,
            queryGradient: queryGradient.floats)
        // Keys and values get a sum from each segment of queries, `[batch * heads, segments, keys then values]`.
        let partial = Tensor(uninitialized: [heads.headCount, heads.segmentsPerHead, gradient.partialFloats])
        fill(partial, with: 0)
        let sums = partial.floats
        forEachTile(
            heads.headCount * heads.segmentsPerHead, scratchFloats: gradient.scratchFloats
        ) { tile, scratch in
            let (head, segment) = (tile / heads.segmentsPerHead, tile % heads.segmentsPerHead)
            for block in heads.blocks(ofSegment: segment) {
                gradient.addBlock(
                    heads.rows(ofBlock: block), head: head, to: sums + tile * gradient.partialFloats, scratch: scratch)
            }
        }
        let (keys, values) = (keyGradient.floats, valueGradient.floats + operands.valueStart)
        threads.parallelFor(heads.headCount) { range in
            for head in range {
                gradient.collect(sums, head: head, keys: keys, values: values)
            }
        }
    }
}

/// What one head of one image reads, with the pointers taken out of the tensors.
struct AttentionPointers {
    let (headCount, heads, headSize, channels): (Int, Int, Int, Int)
    let (queryCount, keyCount, keyRowStride): (Int, Int, Int)
    let scale: Float
    /// Queries whose scores exist at one time: about 64 Ki scores, so that they stay in the second-level cache.
    let blockRows: Int
    let blocksPerHead: Int
    /// Runs of blocks that sum the gradients of keys and values on their own. A function of the shapes alone, so that
    /// the sums do not depend on the number of threads.
    let segmentsPerHead: Int
    private let (queryBase, keyBase, valueBase): (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>)

    init(_ operands: AttentionOperands) {
        (heads, headSize, channels) = (operands.heads, operands.headSize, operands.channels)
        headCount = operands.batch * heads
        (queryCount, keyCount, keyRowStride) = (operands.queryCount, operands.keyCount, operands.keyRowStride)
        scale = operands.scale
        blockRows = max(16, min(128, 65_536 / keyCount))
        blocksPerHead = (queryCount + blockRows - 1) / blockRows
        segmentsPerHead = max(1, min(blocksPerHead, (15 + headCount) / max(1, headCount)))
        queryBase = UnsafePointer(operands.queries.floats)
        keyBase = UnsafePointer(operands.keys.floats)
        valueBase = UnsafePointer(operands.values.floats + operands.valueStart)
    }

    func rows(ofBlock block: Int) -> Range<Int> { block * blockRows..<min(queryCount, (block + 1) * blockRows) }

    func blocks(ofSegment segment: Int) -> Range<Int> {
        segment * blocksPerHead / segmentsPerHead..<(segment + 1) * blocksPerHead / segmentsPerHead
    }

    /// Where a query of a head starts in `[B, N, C]`. Heads are counted over the batch.
    func queryStart(_ head: Int, row: Int) -> Int {
        (head / heads * queryCount + row) * channels + head % heads * headSize
    }

    /// Where the keys (or values) of a head start in `[B, M, keyRowStride]`.
    func keyStart(_ head: Int) -> Int { head / heads * keyCount * keyRowStride + head % heads * headSize }

    func queries(_ head: Int, row: Int) -> HostMatrix {
        HostMatrix(first: queryBase + queryStart(head, row: row), rowStride: channels)
    }

    func keys(_ head: Int) -> HostMatrix { HostMatrix(first: keyBase + keyStart(head), rowStride: keyRowStride) }

    func values(_ head: Int) -> HostMatrix { HostMatrix(first: valueBase + keyStart(head), rowStride: keyRowStride) }

    /// `scores = scale * queries keys^T`, `[rows.count, keyCount]`.
    func scores(_ head: Int, _ rows: Range<Int>, into scores: UnsafeMutablePointer<Float>) {
        serialProduct(
            queries(head, row: rows.lowerBound), keys(head).transposed, into: scores, rowStride: keyCount,
            rows: rows.count, columns: keyCount, inner: headSize, scale: scale, adding: false)
    }
}

extension HostMatrix {
    var transposed: HostMatrix { HostMatrix(first: first, rowStride: rowStride, isTransposed: !isTransposed) }
}
