internal import CKernels
package import DeviceSeam

/// Samples of neighbouring queries lie close together, but anywhere. The cells of one head are therefore copied side by
/// side first: what a thread reads, and in the gradient also adds to, then stays in its second-level cache. Heads are
/// what threads share, so each sum is made by one thread in the order of the queries.
extension CPUBackend {
    package func deformableAttention(_ operands: DeformableAttentionOperands, into output: FloatArray) {
        let loop = DeformableLoop(operands)
        let to = output.floats
        let parts = loop.partsPerHead
        forEachTile(loop.headCount * parts, scratchFloats: loop.isAlone ? 0 : loop.floatsPerHead) { tile, scratch in
            let (head, part) = (tile / parts, tile % parts)
            let values = loop.isAlone ? loop.values(of: head) : loop.copyValues(of: head, to: scratch)
            let share = part * loop.queryCount / parts..<(part + 1) * loop.queryCount / parts
            loop.withKernelArguments(head, share) { plan, queries in
                ck_deformable_attention(
                    plan, values, queries, to + loop.queryStart(head) + share.lowerBound * loop.channels, loop.channels)
            }
        }
    }

    package func deformableAttentionGradients(
        _ upstream: FloatArray, _ operands: DeformableAttentionOperands, into gradients: DeformableAttentionGradients
    ) {
        let loop = DeformableLoop(operands)
        let (from, ofValues) = (upstream.floats, gradients.values.floats)
        let (ofOffsets, ofWeights) = (gradients.offsets.floats, gradients.weights.floats)
        forEachTile(loop.headCount, scratchFloats: 2 * loop.floatsPerHead) { head, values in
            let sums = values + loop.floatsPerHead
            loop.copyValues(of: head, to: values)
            ck_fill(sums, 0, loop.floatsPerHead)
            loop.withKernelArguments(head, 0..<loop.queryCount) { plan, queries in
                ck_deformable_attention_gradient(
                    plan, values, queries, from + loop.queryStart(head), loop.channels, sums,
                    ofOffsets + loop.offsetStart(head), ofWeights + loop.weightStart(head))
            }
            ck_copy_rows(
                sums, loop.headSize, ofValues + loop.valueStart(head), loop.channels, loop.headSize, loop.cellCount)
        }
    }
}

/// The heads of a deformable attention, counted over the batch, with the pointers taken out.
private struct DeformableLoop {
    let (heads, headSize, channels, cellCount): (Int, Int, Int, Int)
    let headCount: Int
    let queryCount: Int
    private let samples: Int
    private let (values, offsets, weights, references): (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
    )
    /// Of each sample's map; maps of one cell fill up the last vector.
    private let (heights, widths, starts): ([Int32], [Int32], [Int32])

    init(_ operands: DeformableAttentionOperands) {
        (heads, headSize, channels) = (operands.heads, operands.headSize, operands.channels)
        (cellCount, queryCount, samples) = (operands.cellCount, operands.queryCount, operands.samples)
        headCount = operands.batch * operands.heads
        values = UnsafePointer(operands.values.floats)
        offsets = UnsafePointer(operands.offsets.floats)
        weights = UnsafePointer(operands.weights.floats)
        references = UnsafePointer(operands.references.floats)
        var first: Int32 = 0
        var (heights, widths, starts) = ([Int32](), [Int32](), [Int32]())
        for level in operands.levels {
            heights += [Int32](repeating: Int32(level.height), count: operands.points)
            widths += [Int32](repeating: Int32(level.width), count: operands.points)
            starts += [Int32](repeating: first, count: operands.points)
            first += Int32(level.height * level.width)
        }
        let lanes = Int(CK_SAMPLE_LANES)
        let filling = (lanes - heights.count % lanes) % lanes
        self.heights = heights + [Int32](repeating: 1, count: filling)
        self.widths = widths + [Int32](repeating: 1, count: filling)
        self.starts = starts + [Int32](repeating: 0, count: filling)
    }

    var floatsPerHead: Int { cellCount * headSize }

    /// Whether there is one head, whose cells lie side by side as they are.
    var isAlone: Bool { heads == 1 }

    /// Parts of the queries for threads, where heads need no copies.
    var partsPerHead: Int { isAlone ? max(1, min(16, queryCount / 256)) : 1 }

    func valueStart(_ head: Int) -> Int { head / heads * cellCount * channels + head % heads * headSize }

    /// Where a head of the first query lies in `[B, N, C]`.
    func queryStart(_ head: Int) -> Int { head / heads * queryCount * channels + head % heads * headSize }

    func weightStart(_ head: Int) -> Int { (head / heads * queryCount * heads + head % heads) * samples }

    func offsetStart(_ head: Int) -> Int { 2 * weightStart(head) }

    func values(of head: Int) -> UnsafePointer<Float> { values + valueStart(head) }

    @discardableResult
    func copyValues(of head: Int, to memory: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        ck_copy_rows(values(of: head), channels, memory, headSize, headSize, cellCount)
        return UnsafePointer(memory)
    }

    /// - Parameter rows: the queries.
    func withKernelArguments(
        _ head: Int, _ rows: Range<Int>,
        _ body: (_ plan: UnsafePointer<ck_sample_plan>, _ queries: UnsafePointer<ck_sample_queries>) -> Void
    ) {
        let queries = ck_sample_queries(
            count: rows.count, references: references + 2 * rows.lowerBound,
            offsets: offsets + offsetStart(head) + 2 * rows.lowerBound * heads * samples,
            offset_stride: 2 * heads * samples,
            weights: weights + weightStart(head) + rows.lowerBound * heads * samples, weight_stride: heads * samples)
        heights.withUnsafeBufferPointer { heights in
            widths.withUnsafeBufferPointer { widths in
                starts.withUnsafeBufferPointer { starts in
                    let plan = ck_sample_plan(
                        samples: samples, head_size: headSize, heights: heights.baseAddress,
                        widths: widths.baseAddress, starts: starts.baseAddress)
                    withUnsafePointer(to: plan) { plan in withUnsafePointer(to: queries) { body(plan, $0) } }
                }
            }
        }
    }
}
