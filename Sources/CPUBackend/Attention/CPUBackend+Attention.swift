internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func attention(
        _ operands: AttentionOperands, into output: FloatArray, logSums: FloatArray, faults: Faults
    ) {
        let heads = AttentionPointers(operands)
        let (results, saved) = (output.floats, logSums.floats)
        let packed = heads.pack([.keysTransposed, .values], on: self)
        let scratchFloats = heads.blockRows * (heads.keyCount + 1)
        let tiles = heads.headCount * heads.blocksPerHead
        let blind = scratchArray(of: Int32.self, [tiles])
        forEachTile(tiles, scratchFloats: scratchFloats) { tile, scratch in
            let head = tile / heads.blocksPerHead
            let rows = heads.rows(ofBlock: tile % heads.blocksPerHead)
            let inverseSums = scratch + heads.blockRows * heads.keyCount
            let to = results + heads.queryStart(head, row: rows.lowerBound)
            blind.pointer[tile] = Int32(heads.scores(head, rows, keys: packed, into: scratch))
            ck_attention_exponentials(
                scratch, rows.count, heads.keyCount, saved + head * heads.queryCount + rows.lowerBound, inverseSums)
            packed[.values, head].multiply(
                HostMatrix(first: scratch, rowStride: heads.keyCount), into: to, rowStride: heads.channels,
                rows: rows.count, adding: false)
            ck_scale_rows(to, rows.count, heads.headSize, heads.channels, inverseSums)
        }
        let blindQueries = (0..<tiles).reduce(0) { $0 + Int(blind.pointer[$1]) }
        if blindQueries > 0 { faults.add(blindQueries, to: .blindQueries) }
    }

    package func attentionGradients(
        _ upstream: FloatArray, _ operands: AttentionOperands, output: FloatArray, logSums: FloatArray,
        into gradients: AttentionGradients
    ) {
        let heads = AttentionPointers(operands)
        let gradient = AttentionGradient(
            heads: heads, packed: heads.pack([.keysTransposed, .valuesTransposed, .keys], on: self),
            upstream: upstream.floats, output: output.floats, logSums: logSums.floats,
            queryGradient: gradients.queries.floats)
        // Keys and values get a sum from each segment of queries, `[batch * heads, segments, keys then values]`.
        let partial = floats([heads.headCount, heads.segmentsPerHead, gradient.partialFloats])
        fill(partial, with: 0)
        if let bias = heads.bias, let sums = gradients.bias {
            addSegments(of: gradient, to: partial.floats, bias, sums)
        } else {
            forEachTile(
                heads.headCount * heads.segmentsPerHead, scratchFloats: gradient.scratchFloats
            ) { tile, scratch in
                gradient.addSegment(
                    tile % heads.segmentsPerHead, head: tile / heads.segmentsPerHead, to: partial.floats, bias: nil,
                    scratch: scratch)
            }
        }
        let (keys, values) = (gradients.keys.floats, gradients.values.floats + operands.valueStart)
        threads.parallelFor(heads.headCount) { range in
            for head in range {
                gradient.collect(partial.floats, head: head, keys: keys, values: values)
            }
        }
    }

    /// All segments, where the gradient of the bias is wanted too: those that add to the same part of the table follow
    /// each other on one thread. Where that leaves few to share out, the images are cut into groups with a table each.
    private func addSegments(
        of gradient: AttentionGradient, to sums: UnsafeMutablePointer<Float>, _ bias: PairPointers, _ total: FloatArray
    ) {
        let (heads, segments) = (gradient.heads, gradient.heads.segmentsPerHead)
        let (tables, images) = (bias.patterns * bias.heads, heads.headCount / heads.heads / bias.patterns)
        // A function of the shapes alone, so that the sums do not depend on the number of threads.
        let groups = max(1, min(images, 16 / max(1, tables * segments)))
        let partial = groups == 1 ? total : floats([groups] + total.shape)
        fill(partial, with: 0)
        forEachTile(groups * tables * segments, scratchFloats: gradient.scratchFloats) { tile, scratch in
            let (group, table) = (tile / segments / tables, tile / segments % tables)
            let place = partial.floats + (group * tables + table) * heads.queryCount * heads.keyCount
            for image in group * images / groups..<(group + 1) * images / groups {
                for head in bias.attentionHeads(ofTable: table, image: image, of: heads.heads) {
                    gradient.addSegment(tile % segments, head: head, to: sums, bias: place, scratch: scratch)
                }
            }
        }
        if groups > 1 { sum(partial, outer: 1, length: groups, inner: total.count, into: total) }
    }
}
