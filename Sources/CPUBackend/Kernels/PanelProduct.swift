internal import CKernels
internal import DeviceSeam

/// `output = left op(right) (+ output)` for many rows of `left`: what layers do, whose weight is a small matrix. It is
/// laid out once, and blocks of rows pass by it that stay in the second-level cache. A general library lays out the
/// rows too, which costs as much as it saves where the weight is narrow: on a core of an AMD EPYC this reaches 102 to
/// 108 GFLOP/s from 1024 rows and 64 outputs on, where OpenBLAS reaches 82 to 100, with AVX2 as with AVX-512.
///
/// Each element is one sum in the order of `inner`, however the rows are shared out.
struct PanelProduct {
    /// Rows below which laying out the weight costs more than it saves.
    private static let leastRows = 768
    /// Floats of a weight beyond which it leaves the second-level cache between two blocks of rows.
    private static let mostWeights = 1 << 19
    /// Rows of a block; with `innerPerBlock` a quarter of a usual second-level cache.
    private static let rowsPerBlock = 96
    private static let innerPerBlock = 512
    /// Rows that a tile of the product takes at once; a block is a multiple of it.
    private static let rowsPerTile = 12
    /// Where this divides the floats between rows, all rows of a tile fall into one set of a first-level cache, and are
    /// more than it has room for.
    static let rowsInOneSet = 1024
    /// Floats between the rows of a copy of such a block.
    private static let copyStride = innerPerBlock + 16
    /// Columns from which a copy pays: rows of 1024 and 2048 floats went from 83 and 75 to 102 and 96 GFLOP/s with it,
    /// but with 19 columns from 57 to 41.
    private static let leastColumnsToCopy = 64
    /// Multiply-adds worth a thread.
    private static let grain = 1 << 18

    private let product: HostProduct
    private let (left, right): (HostMatrix, HostMatrix)
    private let (rows, columns, inner): (Int, Int, Int)

    /// nil where a product is not of this kind.
    init?(_ product: HostProduct) {
        guard
            product.rows >= Self.leastRows, (1...Self.mostWeights).contains(product.columns * product.inner),
            !product.left.isTransposed, product.alpha == 1, product.beta == 0 || product.beta == 1
        else { return nil }
        self.product = product
        (left, right) = (product.left, product.right)
        (rows, columns, inner) = (product.rows, product.columns, product.inner)
    }

    func run(on backend: CPUBackend) {
        let panels = backend.floats([PanelMatrix.floats(inner: inner, columns: columns)])
        layOut(in: panels.floats, on: backend)
        // Shared out by tiles rather than by blocks: of the 11 blocks of 1024 rows one thread of two would have 6.
        let tiles = (rows + Self.rowsPerTile - 1) / Self.rowsPerTile
        let grain = max(1, Self.grain / (Self.rowsPerTile * columns * inner))
        backend.threads.parallelFor(tiles, grain: grain) { range in
            let share = range.lowerBound * Self.rowsPerTile..<min(rows, range.upperBound * Self.rowsPerTile)
            backend.withScratch(floats: copies ? Self.rowsPerBlock * Self.copyStride : 0) { scratch in
                for first in stride(from: share.lowerBound, to: share.upperBound, by: Self.rowsPerBlock) {
                    let block = first..<min(share.upperBound, first + Self.rowsPerBlock)
                    multiply(product.block(rows: block, columns: 0..<columns), panels.floats, copiedTo: scratch)
                }
            }
        }
    }

    private var copies: Bool {
        left.rowStride.isMultiple(of: Self.rowsInOneSet) && columns >= Self.leastColumnsToCopy
    }

    /// - Parameter block: some rows of the product.
    private func multiply(
        _ block: HostProduct, _ panels: UnsafePointer<Float>, copiedTo scratch: UnsafeMutablePointer<Float>
    ) {
        let block = block.writingBias()
        for start in stride(from: 0, to: inner, by: Self.innerPerBlock) {
            let factor = factor(at: start, panels)
            var from = block.left.from(row: 0, column: start)
            if copies {
                ck_copy_rows(from.first, from.rowStride, scratch, Self.copyStride, factor.inner, block.rows)
                from = HostMatrix(first: scratch, rowStride: Self.copyStride)
            }
            factor.multiply(
                from, into: block.output, rowStride: block.outputStride, rows: block.rows,
                adding: block.beta == 1 || start > 0)
        }
    }

    /// The weight's part of one block of `inner`.
    private func factor(at start: Int, _ panels: UnsafePointer<Float>) -> PanelMatrix {
        PanelMatrix(
            panels + PanelMatrix.floats(inner: start, columns: columns),
            inner: min(Self.innerPerBlock, inner - start), columns: columns)
    }

    /// All parts one after another; threads share the columns.
    private func layOut(in memory: UnsafeMutablePointer<Float>, on backend: CPUBackend) {
        let step = right.isTransposed ? (inner: 1, column: right.rowStride) : (inner: right.rowStride, column: 1)
        let width = PanelMatrix.panelColumns
        backend.threads.parallelFor((columns + width - 1) / width, grain: max(1, 16_384 / (width * inner))) { range in
            let first = range.lowerBound * width
            let count = min(columns, range.upperBound * width) - first
            for start in stride(from: 0, to: inner, by: Self.innerPerBlock) {
                let part = min(Self.innerPerBlock, inner - start)
                let place = memory + PanelMatrix.floats(inner: start, columns: columns) + first * part
                _ = PanelMatrix(
                    HostMatrix(
                        first: right.first + start * step.inner + first * step.column, rowStride: right.rowStride,
                        isTransposed: right.isTransposed),
                    inner: part, columns: count, in: place)
            }
        }
    }
}
