internal import CKernels
internal import DeviceSeam

/// Convolution with any stride: patches are laid out as rows of a matrix, a cache-sized block at a time, and multiplied
/// with the weights. Serves strided windows, few channels, and kernels as large as their stride (where the patches are
/// just a reordering of the map).
struct PatchConvolution {
    let window: SlidingWindow
    let groups: Int
    /// Channels of all groups, of the maps and of the outputs.
    let (inputChannels, outputChannels): (Int, Int)

    /// Floats of a block of patches: half of a usual second-level cache.
    private static let blockFloats = 1 << 18

    var groupInputs: Int { inputChannels / groups }
    var groupOutputs: Int { outputChannels / groups }
    /// Numbers in one patch of one group.
    var patchSize: Int { window.taps * groupInputs }
    var outputWidth: Int { window.horizontal.outputSize }
    /// Of all maps.
    var outputPixels: Int { window.batch * window.vertical.outputSize * outputWidth }

    private var outputRowsWanted: Int { min(2048, max(128, Self.blockFloats / patchSize)) / outputWidth + 1 }

    func outputTiles(threadCount: Int) -> RowTiles {
        RowTiles(
            batch: window.batch, rows: window.vertical.outputSize, rowsWanted: outputRowsWanted,
            leastRows: 64 / outputWidth + 1, threadCount: threadCount)
    }

    func run(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, into output: FloatArray, on backend: CPUBackend
    ) {
        let tiles = outputTiles(threadCount: backend.threads.threadCount)
        let (maps, weights, addend, results) = (input.floats, weight.floats, bias?.floats, output.floats)
        let rounds = backend.rounds(rows: outputPixels, columns: groupOutputs, inner: patchSize)
        let scratchFloats = tiles.rowsPerTile * outputWidth * patchSize
        backend.forEachTile(tiles.count, scratchFloats: scratchFloats) { tile, patches in
            let rows = tiles.rows(of: tile)
            let pixels = rows.count * outputWidth
            let first = results
                + (tiles.map(of: tile) * window.vertical.outputSize + rows.lowerBound) * outputWidth * outputChannels
            for group in 0..<groups {
                lay(maps, map: tiles.map(of: tile), rows: rows, group: group, into: patches)
                backend.serialProduct(
                    HostMatrix(first: patches, rowStride: patchSize),
                    HostMatrix(
                        first: weights + group * groupOutputs * patchSize, rowStride: patchSize, isTransposed: true),
                    into: first + group * groupOutputs, rowStride: outputChannels, rows: pixels, columns: groupOutputs,
                    inner: patchSize, adding: false, rounds: rounds)
            }
            if let addend { ck_add_bias(first, pixels, outputChannels, outputChannels, addend) }
        }
    }

    /// Lays the patches of output rows `rows` out, `[rows * W', patchSize]`.
    func lay(
        _ maps: UnsafePointer<Float>, map: Int, rows: Range<Int>, group: Int,
        into patches: UnsafeMutablePointer<Float>
    ) {
        var sliding = ck_sliding(window, channels: inputChannels)
        ck_image_to_columns(
            maps + map * window.inputPixels * inputChannels, &sliding, group * groupInputs, groupInputs,
            rows.lowerBound * outputWidth, rows.count * outputWidth, patches)
    }

    /// Gradients of patches are computed for all output rows that touch a block of input rows, and those of its taps
    /// that fall into the block are added there; so threads own their input rows.
    func runInputGradient(
        _ upstream: FloatArray, weight: FloatArray, into gradient: FloatArray, on backend: CPUBackend
    ) {
        let stride = window.vertical.stride
        let tiles = RowTiles(
            batch: window.batch, rows: window.vertical.inputSize, rowsWanted: outputRowsWanted * stride,
            leastRows: (64 / outputWidth + 1) * stride, threadCount: backend.threads.threadCount)
        let mostOutputRows = (tiles.rowsPerTile + window.vertical.reach) / stride + 1
        let (from, weights, to) = (upstream.floats, weight.floats, gradient.floats)
        let rounds = backend.rounds(rows: outputPixels, columns: patchSize, inner: groupOutputs)
        let scratchFloats = mostOutputRows * outputWidth * patchSize
        var sliding = ck_sliding(window, channels: inputChannels)
        withUnsafePointer(to: &sliding) { sliding in
            backend.forEachTile(tiles.count, scratchFloats: scratchFloats) { tile, patches in
                let (map, rows) = (tiles.map(of: tile), tiles.rows(of: tile))
                let rowFloats = window.horizontal.inputSize * inputChannels
                let image = to + map * window.inputPixels * inputChannels
                (image + rows.lowerBound * rowFloats).update(repeating: 0, count: rows.count * rowFloats)
                let outputRows = outputRows(touching: rows)
                guard !outputRows.isEmpty else { return }
                let firstPixel = (map * window.vertical.outputSize + outputRows.lowerBound) * outputWidth
                for group in 0..<groups {
                    backend.serialProduct(
                        HostMatrix(
                            first: from + firstPixel * outputChannels + group * groupOutputs,
                            rowStride: outputChannels),
                        HostMatrix(first: weights + group * groupOutputs * patchSize, rowStride: patchSize),
                        into: patches, rowStride: patchSize, rows: outputRows.count * outputWidth, columns: patchSize,
                        inner: groupOutputs, adding: false, rounds: rounds)
                    ck_columns_to_image(
                        patches, sliding, group * groupInputs, groupInputs, outputRows.lowerBound, outputRows.count,
                        rows.lowerBound, rows.count, image)
                }
            }
        }
    }

    /// Output rows with at least one tap in the input rows `rows`, where any exist.
    private func outputRows(touching rows: Range<Int>) -> Range<Int> {
        let axis = window.vertical
        let first = max(0, rows.lowerBound + axis.padding - axis.reach + axis.stride - 1) / axis.stride
        let end = min(axis.outputSize, (rows.upperBound - 1 + axis.padding) / axis.stride + 1)
        return min(first, end)..<end
    }
}

extension SlidingWindow {
    /// Pixels of one map that is read.
    var inputPixels: Int { vertical.inputSize * horizontal.inputSize }
}

extension ck_sliding {
    init(_ window: SlidingWindow, channels: Int) {
        let (y, x) = (window.vertical, window.horizontal)
        self.init(
            in_h: y.inputSize, in_w: x.inputSize, out_h: y.outputSize, out_w: x.outputSize, channels: channels,
            window: ck_window(
                kernel_h: y.kernel, kernel_w: x.kernel, stride_h: y.stride, stride_w: x.stride, padding_h: y.padding,
                padding_w: x.padding, dilation_h: y.dilation, dilation_w: x.dilation))
    }
}
