internal import CKernels

extension CPUBackend: AttentionKernels {
    func attention(_ operands: AttentionOperands, into output: Tensor, logSums: Tensor) {
        let heads = AttentionPointers(operands)
        let (results, saved) = (output.floats, logSums.floats)
        let packed = heads.pack([.keysTransposed, .values], on: self)
        let scratchFloats = heads.blockRows * (heads.keyCount + 1)
        forEachTile(heads.headCount * heads.blocksPerHead, scratchFloats: scratchFloats) { tile, scratch in
            let head = tile / heads.blocksPerHead
            let rows = heads.rows(ofBlock: tile % heads.blocksPerHead)
            let inverseSums = scratch + heads.blockRows * heads.keyCount
            let to = results + heads.queryStart(head, row: rows.lowerBound)
            heads.scores(head, rows, keys: packed, into: scratch)
            ck_attention_exponentials(
                scratch, rows.count, heads.keyCount, saved + head * heads.queryCount + rows.lowerBound, inverseSums)
            packed[.values, head].multiply(
                HostMatrix(first: scratch, rowStride: heads.keyCount), into: to, rowStride: heads.channels,
                rows: rows.count, adding: false)
            ck_scale_rows(to, rows.count, heads.headSize, heads.channels, inverseSums)
        }
    }

    func attentionGradients(
        _ upstream: Tensor, _ operands: AttentionOperands, output: Tensor, logSums: Tensor, queryGradient: Tensor,
        keyGradient: Tensor, valueGradient: Tensor
    ) {
        let heads = AttentionPointers(operands)
        let gradient = AttentionGradient(
            heads: heads, packed: heads.pack([.keysTransposed, .valuesTransposed, .keys], on: self),
            upstream: upstream.floats, output: output.floats, logSums: logSums.floats,
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
    /// Queries whose scores exist at one time: about 32 Ki scores, so that they stay in the second-level cache,
    /// and a multiple of the rows that one tile of a product has.
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
        blockRows = max(48, min(120, 32_768 / keyCount / 12 * 12))
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
    func scores(
        _ head: Int, _ rows: Range<Int>, keys: PackedHeads, into scores: UnsafeMutablePointer<Float>
    ) {
        keys[.keysTransposed, head].multiply(
            queries(head, row: rows.lowerBound), into: scores, rowStride: keyCount, rows: rows.count, scale: scale,
            adding: false)
    }

    /// Lays out the keys and values of all heads, which every block of queries is multiplied with.
    func pack(_ factors: [PackedHeads.Factor], on backend: CPUBackend) -> PackedHeads {
        let packed = PackedHeads(factors, self)
        backend.threads.parallelFor(headCount) { range in
            for head in range { packed.pack(head, self) }
        }
        return packed
    }
}

/// Keys and values of all heads, laid out as right factors of products.
struct PackedHeads {
    enum Factor {
        /// `[headSize, keyCount]`
        case keysTransposed, valuesTransposed
        /// `[keyCount, headSize]`
        case keys, values
    }

    private let factors: [Factor]
    private let (headSize, keyCount): (Int, Int)
    private let floatsPerFactor: Int
    private let memory: Tensor

    fileprivate init(_ factors: [Factor], _ heads: AttentionPointers) {
        self.factors = factors
        (headSize, keyCount) = (heads.headSize, heads.keyCount)
        floatsPerFactor = max(
            PanelMatrix.floats(inner: headSize, columns: keyCount),
            PanelMatrix.floats(inner: keyCount, columns: headSize))
        memory = Tensor(uninitialized: [heads.headCount, factors.count, floatsPerFactor])
    }

    subscript(factor: Factor, head: Int) -> PanelMatrix {
        let isTransposed = factor == .keysTransposed || factor == .valuesTransposed
        return PanelMatrix(
            place(factor, head), inner: isTransposed ? headSize : keyCount, columns: isTransposed ? keyCount : headSize)
    }

    fileprivate func pack(_ head: Int, _ heads: AttentionPointers) {
        for factor in factors {
            let matrix = switch factor {
            case .keysTransposed: heads.keys(head).transposed
            case .valuesTransposed: heads.values(head).transposed
            case .keys: heads.keys(head)
            case .values: heads.values(head)
            }
            let shape = self[factor, head]
            _ = PanelMatrix(matrix, inner: shape.inner, columns: shape.columns, in: place(factor, head))
        }
    }

    private func place(_ factor: Factor, _ head: Int) -> UnsafeMutablePointer<Float> {
        guard let index = factors.firstIndex(of: factor) else {
            preconditionFailure("attention: \(factor) was not laid out")
        }
        return memory.floats + (head * factors.count + index) * floatsPerFactor
    }
}
