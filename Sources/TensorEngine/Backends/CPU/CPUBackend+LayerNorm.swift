internal import CKernels

extension CPUBackend {
    func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into output: Tensor, statistics: Tensor
    ) {
        let rows = ChannelRows(input)
        let (from, scale, offset) = (input.floats, weight.floats, bias.floats)
        let (to, saved) = (output.floats, statistics.floats)
        threads.parallelFor(rows.count, grain: rows.grain) { range in
            let start = range.lowerBound * rows.channels
            ck_layer_norm(
                from + start, scale, offset, epsilon, range.count, rows.channels, to + start,
                saved + 2 * range.lowerBound)
        }
    }

    func layerNormInputGradient(
        _ upstream: Tensor, input: Tensor, statistics: Tensor, weight: Tensor, into gradient: Tensor
    ) {
        let rows = ChannelRows(input)
        let (x, saved, scale) = (input.floats, statistics.floats, weight.floats)
        let (from, to) = (upstream.floats, gradient.floats)
        threads.parallelFor(rows.count, grain: rows.grain) { range in
            let start = range.lowerBound * rows.channels
            ck_layer_norm_input_gradient(
                x + start, saved + 2 * range.lowerBound, scale, from + start, range.count, rows.channels, to + start)
        }
    }

    func layerNormParameterGradients(
        _ upstream: Tensor, input: Tensor, statistics: Tensor, weightGradient: Tensor, biasGradient: Tensor
    ) {
        let rows = ChannelRows(input)
        // Each block sums into memory of its own, then the blocks are added in their order.
        let weights = Tensor(uninitialized: [rows.blockCount, rows.channels])
        let biases = Tensor(uninitialized: [rows.blockCount, rows.channels])
        let (x, saved, from) = (input.floats, statistics.floats, upstream.floats)
        let (weightSums, biasSums) = (weights.floats, biases.floats)
        threads.parallelFor(rows.blockCount) { range in
            for block in range {
                let (part, sums) = (rows.block(block), block * rows.channels)
                let start = part.lowerBound * rows.channels
                ck_layer_norm_parameter_gradients(
                    x + start, saved + 2 * part.lowerBound, from + start, part.count, rows.channels,
                    weightSums + sums, biasSums + sums)
            }
        }
        sum(weights, outer: 1, length: rows.blockCount, inner: rows.channels, into: weightGradient)
        sum(biases, outer: 1, length: rows.blockCount, inner: rows.channels, into: biasGradient)
    }
}

/// A tensor `[…, C]` as rows of `C`, cut into blocks that depend on its shape alone: sums that are collected block by
/// block are the same for every number of threads.
struct ChannelRows {
    private static let rowsPerBlock = 512

    let count: Int
    let channels: Int
    let blockCount: Int

    init(_ tensor: Tensor) {
        channels = tensor.shape.last ?? 1
        count = tensor.shape.dropLast().reduce(1, *)
        blockCount = (count + Self.rowsPerBlock - 1) / Self.rowsPerBlock
    }

    /// Rows worth a thread.
    var grain: Int { max(1, CPUBackend.elementwiseGrain / max(1, channels)) }

    func block(_ index: Int) -> Range<Int> {
        index * Self.rowsPerBlock..<min(count, (index + 1) * Self.rowsPerBlock)
    }
}
