internal import CKernels
internal import DeviceSeam

/// What one head of one image reads, with the pointers taken out of the arrays.
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
    /// Whether there are enough heads for a thread to have one wholly: its keys and values are then laid out by that
    /// thread, and what it sums stays in its cache.
    var areWhole: Bool { segmentsPerHead == 1 }
    let bias: PairPointers?
    private let (visible, penalty): (PairPointers?, PairPointers?)
    /// Keys that query 0 sees, one more for each that follows; `nil`: all.
    private let causalKeys: Int?
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
        bias = operands.bias.map { [queryCount, keyCount] in PairPointers($0, rows: queryCount, keys: keyCount) }
        visible = operands.visible.map { [queryCount, keyCount] in PairPointers($0, rows: queryCount, keys: keyCount) }
        penalty = operands.penalty.map { [queryCount, keyCount] in PairPointers($0, rows: queryCount, keys: keyCount) }
        causalKeys = operands.isCausal ? keyCount - queryCount + 1 : nil
    }

    func rows(ofBlock block: Int) -> Range<Int> { block * blockRows..<min(queryCount, (block + 1) * blockRows) }

    var blocks: Range<Int> { 0..<blocksPerHead }

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

    /// `scores = scale * queries keys^T + bias + penalty`, `[rows.count, keyCount]`, minus infinity where a key is
    /// hidden.
    ///
    /// - Returns: how many queries see no key.
    @discardableResult
    func scores(
        _ head: Int, _ rows: Range<Int>, keys: PackedHead, into scores: UnsafeMutablePointer<Float>
    ) -> Int {
        keys[.keysTransposed].multiply(
            queries(head, row: rows.lowerBound), into: scores, rowStride: keyCount, rows: rows.count, scale: scale,
            adding: false)
        guard bias != nil || penalty != nil || visible != nil || causalKeys != nil else { return 0 }
        return ck_attention_hide(
            scores, rows.count, keyCount, bias?.row(rows.lowerBound, head: head, of: heads),
            penalty?.row(rows.lowerBound, head: head, of: heads),
            visible?.row(rows.lowerBound, head: head, of: heads), visible?.rowStride ?? 0,
            causalKeys.map { $0 + rows.lowerBound } ?? keyCount)
    }
}

/// A table of numbers for pairs of queries and keys, with the pointer taken out.
struct PairPointers {
    private let base: UnsafePointer<Float>
    let (patterns, heads): (Int, Int)
    private let (rows, keys): (Int, Int)
    /// Floats from one query to the next.
    let rowStride: Int

    init(_ table: AttentionOperands.PairTable, rows: Int, keys: Int) {
        base = UnsafePointer(table.array.floats)
        (patterns, heads, self.keys) = (table.patterns, table.heads, keys)
        self.rows = table.isOfKeys ? 1 : rows
        rowStride = table.isOfKeys ? 0 : keys
    }

    /// The numbers of a query of a head, which is counted over the batch.
    func row(_ row: Int, head: Int, of headCount: Int) -> UnsafePointer<Float> {
        let (pattern, own) = (head / headCount % patterns, heads == 1 ? 0 : head % headCount)
        return base + (pattern * heads + own) * rows * keys + row * rowStride
    }

    /// The heads of an image that read a table, counted over the batch.
    ///
    /// - Parameter image: counted over those that share a pattern.
    func attentionHeads(ofTable table: Int, image: Int, of headCount: Int) -> Range<Int> {
        let first = (image * patterns + table / heads) * headCount
        return heads == 1 ? first..<first + headCount : first + table % heads..<first + table % heads + 1
    }
}
