internal import CKernels
internal import DeviceSeam

/// `dW[o, tap, c] = sum over pixels of upstream[pixel, o] * input[tap(pixel), c]`, as products with the pixels as inner
/// dimension.
///
/// Threads share the pixels while there are enough of them to pay for a partial sum each, otherwise the output
/// channels. Partial sums are added in a fixed order.
struct ConvolutionWeightGradient {
    let patches: PatchConvolution
    /// One product per tap over zero-bordered blocks, as in `ShiftedConvolution`, instead of laid-out patches.
    let isShifted: Bool
    let input: FloatArray
    let upstream: FloatArray
    let gradient: FloatArray
    /// Whether it is added to what is there.
    let adds: Bool

    private var window: SlidingWindow { patches.window }
    private var paddedWidth: Int { window.horizontal.outputSize + window.horizontal.reach }

    func run(on backend: CPUBackend) {
        let threadCount = backend.threads.threadCount
        let tiles = tiles(threadCount: threadCount)
        guard tiles.count > 0, gradient.count > 0 else {
            if !adds { backend.fill(gradient, with: 0) }
            return
        }
        let affordable = (input.count + upstream.count) / gradient.count
        let sums = max(1, min(threadCount, tiles.count, affordable))
        let slices = max(1, min(threadCount / sums, patches.groupOutputs))
        let partial = [gradient] + (1..<max(1, sums)).map { _ in backend.floats(gradient.shape) }
        backend.threads.run(chunks: sums * slices) { chunk in
            let (sum, slice) = chunk.quotientAndRemainder(dividingBy: slices)
            let outputs = patches.groupOutputs
            accumulate(
                tiles, range: sum * tiles.count / sums..<(sum + 1) * tiles.count / sums,
                outputs: slice * outputs / slices..<(slice + 1) * outputs / slices, into: partial[sum].floats,
                isEmpty: !(adds && sum == 0), on: backend)
        }
        for addend in partial.dropFirst() { backend.add(addend, into: gradient) }
    }

    private func tiles(threadCount: Int) -> RowTiles {
        guard isShifted else { return patches.outputTiles(threadCount: threadCount) }
        return ShiftedConvolution.tiles(
            batch: window.batch, rows: window.vertical.outputSize, paddedWidth: paddedWidth, threadCount: threadCount)
    }

    /// Sums over the tiles of `range` for the outputs `outputs` of each group.
    ///
    /// - Parameter isEmpty: whether the sums have no value yet.
    private func accumulate(
        _ tiles: RowTiles, range: Range<Int>, outputs: Range<Int>, into sums: UnsafeMutablePointer<Float>,
        isEmpty: Bool, on backend: CPUBackend
    ) {
        let inputFloats = isShifted
            ? (tiles.rowsPerTile + window.vertical.reach) * paddedWidth * patches.groupInputs
            : tiles.rowsPerTile * patches.outputWidth * patches.patchSize
        let upstreamFloats = isShifted ? tiles.rowsPerTile * paddedWidth * outputs.count : 0
        let rounds = backend.rounds(
            rows: patches.groupOutputs, columns: isShifted ? patches.groupInputs : patches.patchSize,
            inner: patches.outputPixels)
        backend.withScratch(floats: inputFloats + upstreamFloats) { scratch in
            for tile in range {
                let (map, rows) = (tiles.map(of: tile), tiles.rows(of: tile))
                let isFirst = isEmpty && tile == range.lowerBound
                for group in 0..<patches.groups {
                    let outputs = outputs.lowerBound + group * patches.groupOutputs
                        ..< outputs.upperBound + group * patches.groupOutputs
                    let block = Block(
                        map: map, rows: rows, group: group, outputs: outputs, isFirst: isFirst, rounds: rounds)
                    if isShifted {
                        addShifted(block, padded: scratch, upstreamRows: scratch + inputFloats, into: sums, on: backend)
                    } else {
                        addPatches(block, patchRows: scratch, into: sums, on: backend)
                    }
                }
            }
        }
    }

    /// What one product covers.
    private struct Block {
        let map: Int
        let rows: Range<Int>
        let group: Int
        /// Counted over all groups.
        let outputs: Range<Int>
        /// Whether the sums have no value yet.
        let isFirst: Bool
        /// Whether operands are rounded, which is a matter of the whole gradient.
        let rounds: Bool
    }

    /// The first output of the block at its first pixel.
    private func upstreamStart(of block: Block) -> UnsafePointer<Float> {
        let pixel = (block.map * window.vertical.outputSize + block.rows.lowerBound) * patches.outputWidth
        return UnsafePointer(upstream.floats + pixel * patches.outputChannels + block.outputs.lowerBound)
    }

    private func addPatches(
        _ block: Block, patchRows: UnsafeMutablePointer<Float>, into sums: UnsafeMutablePointer<Float>,
        on backend: CPUBackend
    ) {
        patches.lay(input.floats, map: block.map, rows: block.rows, group: block.group, into: patchRows)
        backend.serialProduct(
            HostMatrix(first: upstreamStart(of: block), rowStride: patches.outputChannels, isTransposed: true),
            HostMatrix(first: patchRows, rowStride: patches.patchSize),
            into: sums + block.outputs.lowerBound * patches.patchSize, rowStride: patches.patchSize,
            rows: block.outputs.count, columns: patches.patchSize, inner: block.rows.count * patches.outputWidth,
            adding: !block.isFirst, rounds: block.rounds)
    }

    private func addShifted(
        _ block: Block, padded: UnsafeMutablePointer<Float>, upstreamRows: UnsafeMutablePointer<Float>,
        into sums: UnsafeMutablePointer<Float>, on backend: CPUBackend
    ) {
        let (vertical, horizontal) = (window.vertical, window.horizontal)
        let channels = patches.groupInputs
        ck_pad_rows(
            input.floats + block.map * window.inputPixels * patches.inputChannels + block.group * channels,
            vertical.inputSize, horizontal.inputSize, patches.inputChannels, channels,
            block.rows.lowerBound - vertical.padding, block.rows.count + vertical.reach, horizontal.padding,
            paddedWidth, padded)
        // Zeros behind each row, so that what the shifted buffer holds there does not count.
        ck_pad_rows(
            upstreamStart(of: block), block.rows.count, patches.outputWidth, patches.outputChannels,
            block.outputs.count, 0, block.rows.count, 0, paddedWidth, upstreamRows)
        let pixels = (block.rows.count - 1) * paddedWidth + patches.outputWidth
        for tap in 0..<window.taps {
            let (i, j) = tap.quotientAndRemainder(dividingBy: horizontal.kernel)
            let shift = i * vertical.dilation * paddedWidth + j * horizontal.dilation
            backend.serialProduct(
                HostMatrix(first: upstreamRows, rowStride: block.outputs.count, isTransposed: true),
                HostMatrix(first: padded + shift * channels, rowStride: channels),
                into: sums + block.outputs.lowerBound * patches.patchSize + tap * channels,
                rowStride: patches.patchSize, rows: block.outputs.count, columns: channels, inner: pixels,
                adding: !block.isFirst, rounds: block.rounds)
        }
    }
}
