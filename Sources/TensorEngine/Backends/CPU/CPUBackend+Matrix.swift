internal import COpenBLAS

extension CPUBackend: MatrixKernels {
    /// Multiply-adds below which a second thread costs more than it saves.
    private static let productGrain = 1 << 18
    /// Rows or columns a thread's share is rounded to: a multiple of every OpenBLAS tile.
    private static let productTile = 48

    func product(
        _ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int, alpha: Float,
        beta: Float
    ) {
        guard rows > 0, columns > 0 else { return }
        let call = ProductCall(left, right, output, inner: inner, alpha: alpha, beta: beta)
        let longest = max(rows, columns)
        let grain = max(Self.productTile, Self.productGrain / max(1, rows * columns / longest * inner))
        let tiles = (longest + Self.productTile - 1) / Self.productTile
        threads.parallelFor(tiles, grain: (grain + Self.productTile - 1) / Self.productTile) { range in
            let start = range.lowerBound * Self.productTile
            let share = start..<min(longest, range.upperBound * Self.productTile)
            if rows >= columns {
                call.run(rows: share, columns: 0..<columns)
            } else {
                call.run(rows: 0..<rows, columns: share)
            }
        }
    }

    func batchedProduct(
        _ left: Matrix, leftStride: Int, _ right: Matrix, rightStride: Int, into output: Matrix, outputStride: Int,
        count: Int, rows: Int, columns: Int, inner: Int, alpha: Float, beta: Float
    ) {
        guard rows > 0, columns > 0 else { return }
        let call = ProductCall(left, right, output, inner: inner, alpha: alpha, beta: beta)
        threads.parallelFor(count, grain: max(1, Self.productGrain / max(1, rows * columns * inner))) { range in
            for index in range {
                call.offset(left: index * leftStride, right: index * rightStride, output: index * outputStride)
                    .run(rows: 0..<rows, columns: 0..<columns)
            }
        }
    }
}

/// One sgemm with its pointers taken out, of which any block of the output can be computed on its own.
private struct ProductCall {
    private var left: UnsafePointer<Float>
    private var right: UnsafePointer<Float>
    private var output: UnsafeMutablePointer<Float>
    private let (leftStride, rightStride, outputStride): (Int, Int, Int)
    private let (leftTransposed, rightTransposed): (Bool, Bool)
    private let inner: Int
    private let (alpha, beta): (Float, Float)

    init(_ left: Matrix, _ right: Matrix, _ output: Matrix, inner: Int, alpha: Float, beta: Float) {
        precondition(!output.isTransposed, "product: the output cannot be transposed")
        self.left = UnsafePointer(left.tensor.floats + left.start)
        self.right = UnsafePointer(right.tensor.floats + right.start)
        self.output = output.tensor.floats + output.start
        (leftStride, rightStride, outputStride) = (left.rowStride, right.rowStride, output.rowStride)
        (leftTransposed, rightTransposed) = (left.isTransposed, right.isTransposed)
        self.inner = inner
        (self.alpha, self.beta) = (alpha, beta)
    }

    func offset(left: Int, right: Int, output: Int) -> ProductCall {
        var moved = self
        moved.left += left
        moved.right += right
        moved.output += output
        return moved
    }

    func run(rows: Range<Int>, columns: Range<Int>) {
        guard !rows.isEmpty, !columns.isEmpty else { return }
        cblas_sgemm(
            CblasRowMajor, leftTransposed ? CblasTrans : CblasNoTrans, rightTransposed ? CblasTrans : CblasNoTrans,
            blasint(rows.count), blasint(columns.count), blasint(inner), alpha,
            left + rows.lowerBound * (leftTransposed ? 1 : leftStride), blasint(max(1, leftStride)),
            right + columns.lowerBound * (rightTransposed ? rightStride : 1), blasint(max(1, rightStride)), beta,
            output + rows.lowerBound * outputStride + columns.lowerBound, blasint(max(1, outputStride)))
    }
}
