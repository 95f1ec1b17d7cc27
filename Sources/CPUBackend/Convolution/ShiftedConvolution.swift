internal import CKernels
internal import DeviceSeam

/// Stride-1 convolution as one matrix product per tap, without patches.
///
/// A block of rows is copied into a buffer with zero borders. Counted along that buffer, the pixel a tap reads lies a
/// fixed distance behind the pixel it adds to, so each tap is one product of the shifted buffer with the tap's weights,
/// added up in a block of output rows. The columns of that block beyond the output's width hold nothing of meaning
/// and are dropped. Also computes the input gradient, which is the same with the taps in reverse.
struct ShiftedConvolution {
    /// First channel read, of the first map.
    let source: UnsafePointer<Float>
    let sourceChannels: Int
    /// Channels multiplied, the first `inner` behind `source`.
    let inner: Int

    /// First channel written, of the first map.
    let output: UnsafeMutablePointer<Float>
    let outputChannels: Int
    /// Channels written.
    let columns: Int
    let bias: UnsafePointer<Float>?

    /// Weights of the first tap.
    let weights: HostMatrix
    /// Floats from one tap's weights to the next one's.
    let tapStride: Int

    /// Of the maps read, with stride 1.
    let window: SlidingWindow
    let (paddingTop, paddingLeft): (Int, Int)

    /// Blocks of rows with as many pixels as OpenBLAS needs to come near its limit, or with fewer to use all threads,
    /// but never too few to be worth one.
    static func tiles(batch: Int, rows: Int, paddedWidth: Int, threadCount: Int) -> RowTiles {
        RowTiles(
            batch: batch, rows: rows, rowsWanted: 512 / paddedWidth + 1, leastRows: 96 / paddedWidth + 1,
            threadCount: threadCount)
    }

    private var paddedWidth: Int { outputWidth + window.horizontal.reach }
    private var outputWidth: Int { window.horizontal.inputSize + 2 * paddingLeft - window.horizontal.reach }
    private var outputHeight: Int { window.vertical.inputSize + 2 * paddingTop - window.vertical.reach }

    func run(on backend: CPUBackend) {
        let tiles = Self.tiles(
            batch: window.batch, rows: outputHeight, paddedWidth: paddedWidth,
            threadCount: backend.threads.threadCount)
        let paddedFloats = (tiles.rowsPerTile + window.vertical.reach) * paddedWidth * inner
        let sumFloats = tiles.rowsPerTile * paddedWidth * columns
        let rounds = backend.rounds(
            rows: window.batch * outputHeight * outputWidth, columns: columns, inner: inner)
        backend.forEachTile(tiles.count, scratchFloats: paddedFloats + sumFloats) { tile, scratch in
            compute(
                map: tiles.map(of: tile), rows: tiles.rows(of: tile), padded: scratch, sums: scratch + paddedFloats,
                rounds: rounds, on: backend)
        }
    }

    private func compute(
        map: Int, rows: Range<Int>, padded: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>,
        rounds: Bool, on backend: CPUBackend
    ) {
        let (vertical, horizontal) = (window.vertical, window.horizontal)
        ck_pad_rows(
            source + map * vertical.inputSize * horizontal.inputSize * sourceChannels, vertical.inputSize,
            horizontal.inputSize, sourceChannels, inner, rows.lowerBound - paddingTop, rows.count + vertical.reach,
            paddingLeft, paddedWidth, padded)
        let pixels = (rows.count - 1) * paddedWidth + outputWidth
        for tap in 0..<window.taps {
            let (i, j) = tap.quotientAndRemainder(dividingBy: horizontal.kernel)
            let shift = i * vertical.dilation * paddedWidth + j * horizontal.dilation
            backend.serialProduct(
                HostMatrix(first: padded + shift * inner, rowStride: inner),
                HostMatrix(
                    first: weights.first + tap * tapStride, rowStride: weights.rowStride,
                    isTransposed: weights.isTransposed),
                into: sums, rowStride: columns, rows: pixels, columns: columns, inner: inner, adding: tap > 0,
                rounds: rounds)
        }
        let firstPixel = (map * outputHeight + rows.lowerBound) * outputWidth
        ck_unpad_rows(
            sums, rows.count, paddedWidth, outputWidth, columns, bias, output + firstPixel * outputChannels,
            outputChannels)
    }
}
