internal import CKernels
internal import DeviceSeam

/// `output = left^T right (+ output)` where many rows are summed into a small matrix: the gradients of weights.
///
/// The rows pass in blocks. Those of `right` are laid out once a block and a thread. Those of `left` are read as they
/// lie, the outputs of one row side by side, as a tile of the product wants them; only where many panels pass by, they
/// are copied closer together. A general library lays out both for every call, which costs up to a quarter of the time
/// where a weight is narrow.
///
/// Each element is one sum in the order of the rows, however the output is shared out.
struct PanelSum {
    /// Rows of a block: a panel of `right` is half a usual first-level cache.
    private static let rowsPerBlock = 256
    /// Outputs whose part of a block of `left` stays in the second-level cache while all panels pass by it.
    private static let outputsPerGroup = 96
    /// Floats between the rows of such a group: an odd number of cache lines, so that they fall into all sets.
    private static let groupStride = 112
    /// Columns from which a group is copied.
    private static let leastColumnsToCopy = 65
    /// Multiply-adds worth a thread.
    private static let grain = 1 << 18
    /// Rows of `left` and columns of `right` below which tiles are mostly border.
    private static let leastSide = 12

    private let (left, right, output): (HostMatrix, HostMatrix, UnsafeMutablePointer<Float>)
    private let (outputStride, outputs, columns, rows): (Int, Int, Int, Int)
    private let adds: Bool

    /// A product with `rows` and `columns` of the output and `inner` rows to sum; nil where it is not of this kind.
    init?(_ product: HostProduct) {
        guard
            product.left.isTransposed, !product.right.isTransposed, product.alpha == 1,
            product.beta == 0 || product.beta == 1, min(product.rows, product.columns) >= Self.leastSide,
            product.inner > 0, product.bias == nil
        else { return nil }
        (left, right, output) = (product.left, product.right, product.output)
        (outputStride, outputs, columns, rows) = (product.outputStride, product.rows, product.columns, product.inner)
        adds = product.beta == 1
    }

    /// Threads share the longer side of the output: the other operand is read by all of them.
    func run(on backend: CPUBackend) {
        let width = PanelMatrix.panelColumns
        let panels = (columns + width - 1) / width
        let tiles = (outputs + Self.leastSide - 1) / Self.leastSide
        if panels >= tiles {
            backend.threads.parallelFor(panels, grain: max(1, Self.grain / (width * outputs * rows))) { range in
                let share = range.lowerBound * width..<min(columns, range.upperBound * width)
                sum(outputs: 0..<outputs, columns: share, on: backend)
            }
        } else {
            backend.threads.parallelFor(tiles, grain: max(1, Self.grain / (Self.leastSide * columns * rows))) { range in
                let share = range.lowerBound * Self.leastSide..<min(outputs, range.upperBound * Self.leastSide)
                sum(outputs: share, columns: 0..<columns, on: backend)
            }
        }
    }

    private func sum(outputs: Range<Int>, columns: Range<Int>, on backend: CPUBackend) {
        let blockRows = min(rows, Self.rowsPerBlock)
        let panelFloats = PanelMatrix.floats(inner: blockRows, columns: columns.count)
        let copies = columns.count >= Self.leastColumnsToCopy
        backend.withScratch(floats: panelFloats + (copies ? blockRows * Self.groupStride : 0)) { scratch in
            for start in stride(from: 0, to: rows, by: Self.rowsPerBlock) {
                let block = start..<min(rows, start + Self.rowsPerBlock)
                let panels = PanelMatrix(
                    HostMatrix(
                        first: right.first + start * right.rowStride + columns.lowerBound, rowStride: right.rowStride),
                    inner: block.count, columns: columns.count, in: scratch)
                for first in stride(from: outputs.lowerBound, to: outputs.upperBound, by: Self.outputsPerGroup) {
                    let group = first..<min(outputs.upperBound, first + Self.outputsPerGroup)
                    panels.multiply(
                        factor(group, block, copiedTo: copies ? scratch + panelFloats : nil),
                        into: output + first * outputStride + columns.lowerBound, rowStride: outputStride,
                        rows: group.count, adding: adds || start > 0)
                }
            }
        }
    }

    /// A block of rows of some outputs, transposed.
    private func factor(
        _ outputs: Range<Int>, _ block: Range<Int>, copiedTo memory: UnsafeMutablePointer<Float>?
    ) -> HostMatrix {
        let start = left.first + block.lowerBound * left.rowStride + outputs.lowerBound
        guard let memory else { return HostMatrix(first: start, rowStride: left.rowStride, isTransposed: true) }
        ck_copy_rows(start, left.rowStride, memory, Self.groupStride, outputs.count, block.count)
        return HostMatrix(first: UnsafePointer(memory), rowStride: Self.groupStride, isTransposed: true)
    }
}
