internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func layerNorm(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray, epsilon: Float, into output: FloatArray,
        statistics: FloatArray
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

    package func layerNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, weight: FloatArray,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        let rows = ChannelRows(input)
        if let inputGradient {
            let (x, saved, scale) = (input.floats, statistics.floats, weight.floats)
            let (from, to) = (upstream.floats, inputGradient.floats)
            threads.parallelFor(rows.count, grain: rows.grain) { range in
                let start = range.lowerBound * rows.channels
                ck_layer_norm_input_gradient(
                    x + start, saved + 2 * range.lowerBound, scale, from + start, range.count, rows.channels,
                    to + start)
            }
        }
        guard weightGradient != nil || biasGradient != nil else { return }
        // Each block sums into memory of its own, then the blocks are added in their order.
        let weights = floats([rows.blockCount, rows.channels])
        let biases = floats([rows.blockCount, rows.channels])
        sumBlocks(rows, upstream, input, statistics, weights: weights.floats, biases: biases.floats)
        for (sums, gradient) in [(weights, weightGradient), (biases, biasGradient)] {
            if let gradient { sumRows(sums, rows: rows.blockCount, columns: rows.channels, into: gradient) }
        }
    }

    private func sumBlocks(
        _ rows: ChannelRows, _ upstream: FloatArray, _ input: FloatArray, _ statistics: FloatArray,
        weights: UnsafeMutablePointer<Float>, biases: UnsafeMutablePointer<Float>
    ) {
        let (x, saved, from) = (input.floats, statistics.floats, upstream.floats)
        threads.parallelFor(rows.blockCount) { range in
            for block in range {
                let (part, sums) = (rows.block(block), block * rows.channels)
                let start = part.lowerBound * rows.channels
                ck_layer_norm_parameter_gradients(
                    x + start, saved + 2 * part.lowerBound, from + start, part.count, rows.channels, weights + sums,
                    biases + sums)
            }
        }
    }
}

/// An array `[…, C]` as rows of `C`, cut into blocks that depend on its shape alone: sums that are collected block by
/// block are the same for every number of threads.
struct ChannelRows {
    private static let rowsPerBlock = 512

    let count: Int
    let channels: Int
    let blockCount: Int

    init(_ array: FloatArray) {
        channels = array.shape.last ?? 1
        count = array.shape.dropLast().reduce(1, *)
        blockCount = (count + Self.rowsPerBlock - 1) / Self.rowsPerBlock
    }

    /// Rows worth a thread.
    var grain: Int { max(1, CPUBackend.elementwiseGrain / max(1, channels)) }

    func block(_ index: Int) -> Range<Int> {
        index * Self.rowsPerBlock..<min(count, (index + 1) * Self.rowsPerBlock)
    }
}
