internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func attention(
        _ operands: AttentionOperands, into output: FloatArray, logSums: FloatArray, faults: Faults
    ) {
        let heads = AttentionPointers(operands)
        let pass = AttentionPass(heads: heads, output: output.floats, logSums: logSums.floats)
        let layout = PackedHead.Layout([.keysTransposed, .values], heads)
        let parts = heads.areWhole ? 1 : heads.blocksPerHead
        let packed = heads.areWhole ? nil : layout.packAll(heads, on: self)
        let blind = scratchArray(of: Int32.self, [heads.headCount * parts])
        forEachTile(
            heads.headCount * parts, scratchFloats: pass.scratchFloats + (heads.areWhole ? layout.floats : 0)
        ) { tile, scratch in
            let head = tile / parts
            let own = packed?[head] ?? layout.pack(head, of: heads, in: scratch + pass.scratchFloats)
            let blocks = heads.areWhole ? heads.blocks : tile % parts..<tile % parts + 1
            blind.pointer[tile] = Int32(pass.run(blocks, head: head, own, scratch: scratch))
        }
        let blindQueries = (0..<heads.headCount * parts).reduce(0) { $0 + Int(blind.pointer[$1]) }
        if blindQueries > 0 { faults.add(blindQueries, to: .blindQueries) }
    }

    package func attentionGradients(
        _ upstream: FloatArray, _ operands: AttentionOperands, output: FloatArray, logSums: FloatArray,
        into gradients: AttentionGradients
    ) {
        let heads = AttentionPointers(operands)
        let gradient = AttentionGradient(
            heads: heads, upstream: upstream.floats, output: output.floats, logSums: logSums.floats,
            queryGradient: gradients.queries.floats)
        let sums = AttentionGradientSums(
            gradient, layout: PackedHead.Layout([.keysTransposed, .valuesTransposed, .keys], heads),
            keys: gradients.keys.floats, values: gradients.values.floats + operands.valueStart, on: self)
        if let bias = heads.bias, let total = gradients.bias {
            addTables(of: sums, bias, total)
        } else {
            forEachTile(heads.headCount * heads.segmentsPerHead, scratchFloats: sums.scratchFloats) { tile, scratch in
                sums.add(
                    tile % heads.segmentsPerHead, head: tile / heads.segmentsPerHead, bias: nil, scratch: scratch)
            }
        }
        sums.collect(on: self)
    }

    /// All segments, where the gradient of the bias is wanted too: those that add to the same part of the table follow
    /// each other on one thread. Where that leaves few to share out, the images are cut into groups with a table each.
    private func addTables(of sums: AttentionGradientSums, _ bias: PairPointers, _ total: FloatArray) {
        let heads = sums.gradient.heads
        let segments = heads.segmentsPerHead
        let (tables, images) = (bias.patterns * bias.heads, heads.headCount / heads.heads / bias.patterns)
        // A function of the shapes alone, so that the sums do not depend on the number of threads.
        let groups = max(1, min(images, 16 / max(1, tables * segments)))
        let partial = groups == 1 ? total : floats([groups] + total.shape)
        fill(partial, with: 0)
        forEachTile(groups * tables * segments, scratchFloats: sums.scratchFloats) { tile, scratch in
            let (group, table) = (tile / segments / tables, tile / segments % tables)
            let place = partial.floats + (group * tables + table) * heads.queryCount * heads.keyCount
            for image in group * images / groups..<(group + 1) * images / groups {
                for head in bias.attentionHeads(ofTable: table, image: image, of: heads.heads) {
                    sums.add(tile % segments, head: head, bias: place, scratch: scratch)
                }
            }
        }
        if groups > 1 { sum(partial, outer: 1, length: groups, inner: total.count, into: total) }
    }
}

/// Attention of some blocks of queries of a head.
private struct AttentionPass {
    let heads: AttentionPointers
    let output: UnsafeMutablePointer<Float>
    let logSums: UnsafeMutablePointer<Float>

    /// Scores, and one number a query.
    var scratchFloats: Int { heads.blockRows * (heads.keyCount + 1) }

    /// - Parameter packed: with keys transposed and values.
    /// - Returns: how many queries see no key.
    func run(
        _ blocks: Range<Int>, head: Int, _ packed: PackedHead, scratch: UnsafeMutablePointer<Float>
    ) -> Int {
        let inverseSums = scratch + heads.blockRows * heads.keyCount
        var blind = 0
        for block in blocks {
            let rows = heads.rows(ofBlock: block)
            let to = output + heads.queryStart(head, row: rows.lowerBound)
            blind += heads.scores(head, rows, keys: packed, into: scratch)
            ck_attention_exponentials(
                scratch, rows.count, heads.keyCount, logSums + head * heads.queryCount + rows.lowerBound, inverseSums)
            packed[.values].multiply(
                HostMatrix(first: scratch, rowStride: heads.keyCount), into: to, rowStride: heads.channels,
                rows: rows.count, adding: false)
            ck_scale_rows(to, rows.count, heads.headSize, heads.channels, inverseSums)
        }
        return blind
    }
}

/// Where the gradients of keys and values are added up: in scratch memory of a thread that has the head wholly, or for
/// each segment of each head, until all are there.
private struct AttentionGradientSums {
    let gradient: AttentionGradient
    private let layout: PackedHead.Layout
    private let (keys, values): (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
    /// `[batch * heads, segments, keys then values]`, and the factors of all heads; nil where heads are whole.
    private let shared: (sums: FloatArray, packed: PackedHeads)?

    init(
        _ gradient: AttentionGradient, layout: PackedHead.Layout, keys: UnsafeMutablePointer<Float>,
        values: UnsafeMutablePointer<Float>, on backend: CPUBackend
    ) {
        let heads = gradient.heads
        (self.gradient, self.layout, self.keys, self.values) = (gradient, layout, keys, values)
        guard !heads.areWhole else {
            shared = nil
            return
        }
        let sums = backend.floats([heads.headCount, heads.segmentsPerHead, gradient.partialFloats])
        backend.fill(sums, with: 0)
        shared = (sums, layout.packAll(heads, on: backend))
    }

    var scratchFloats: Int {
        gradient.scratchFloats + (gradient.heads.areWhole ? gradient.partialFloats + layout.floats : 0)
    }

    /// Adds a segment of a head, which is the whole head where that is wholly one thread's.
    ///
    /// - Parameter bias: adds to the table of this head; nil where it is not wanted.
    func add(_ segment: Int, head: Int, bias: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>) {
        let heads = gradient.heads
        if let shared {
            let own = shared.sums.floats + (head * heads.segmentsPerHead + segment) * gradient.partialFloats
            gradient.addBlocks(
                heads.blocks(ofSegment: segment), head: head, shared.packed[head], to: own, bias: bias,
                scratch: scratch)
        } else {
            let own = scratch + gradient.scratchFloats
            ck_fill(own, 0, gradient.partialFloats)
            let packed = layout.pack(head, of: heads, in: own + gradient.partialFloats)
            gradient.addBlocks(heads.blocks, head: head, packed, to: own, bias: bias, scratch: scratch)
            gradient.collect(own, head: head, keys: keys, values: values)
        }
    }

    /// Stores what is not stored yet.
    func collect(on backend: CPUBackend) {
        guard let shared else { return }
        let floatsPerHead = gradient.heads.segmentsPerHead * gradient.partialFloats
        backend.threads.parallelFor(gradient.heads.headCount) { range in
            for head in range {
                gradient.collect(shared.sums.floats + head * floatsPerHead, head: head, keys: keys, values: values)
            }
        }
    }
}
