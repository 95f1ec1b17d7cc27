internal import COpenBLAS
internal import DeviceSeam

/// A row-major matrix somewhere in host memory.
struct RowMatrix<Element> {
    var first: UnsafePointer<Element>
    /// Elements from one row to the next.
    let rowStride: Int
    var isTransposed = false

    /// From an element of what it stands for on.
    func from(row: Int, column: Int) -> RowMatrix {
        let offset = isTransposed ? column * rowStride + row : row * rowStride + column
        return RowMatrix(first: first + offset, rowStride: rowStride, isTransposed: isTransposed)
    }
}

typealias HostMatrix = RowMatrix<Float>
/// Of the upper halves of floats.
typealias Bfloat16Matrix = RowMatrix<UInt16>

extension HostMatrix {
    init(_ matrix: Matrix) {
        self.init(
            first: matrix.array.floats + matrix.start, rowStride: matrix.rowStride, isTransposed: matrix.isTransposed)
    }
}

/// `output = alpha op(left) op(right) + beta output` in host memory, with `op(left)` `[rows, inner]` and `op(right)`
/// `[inner, columns]`; with a bias, that in the place of `beta output`.
struct HostProduct {
    var (left, right): (HostMatrix, HostMatrix)
    var output: UnsafeMutablePointer<Float>
    let outputStride: Int
    var (rows, columns, inner): (Int, Int, Int)
    var alpha: Float = 1
    var beta: Float = 0
    /// `[columns]`.
    var bias: UnsafePointer<Float>?

    /// A block of the output, of all of `inner`.
    func block(rows: Range<Int>, columns: Range<Int>) -> HostProduct {
        var block = self
        block.left = left.from(row: rows.lowerBound, column: 0)
        block.right = right.from(row: 0, column: columns.lowerBound)
        block.output += rows.lowerBound * outputStride + columns.lowerBound
        block.bias = bias.map { $0 + columns.lowerBound }
        (block.rows, block.columns) = (rows.count, columns.count)
        return block
    }

    /// Writes the bias into the output.
    ///
    /// - Returns: what is left to do.
    func writingBias() -> HostProduct {
        guard let bias else { return self }
        for row in 0..<rows { (output + row * outputStride).update(from: bias, count: columns) }
        var rest = self
        (rest.bias, rest.beta) = (nil, 1)
        return rest
    }

    /// On the calling thread, in single precision.
    func runInSinglePrecision() {
        guard rows > 0, columns > 0 else { return }
        let beta = writingBias().beta
        cblas_sgemm(
            CblasRowMajor, left.isTransposed ? CblasTrans : CblasNoTrans,
            right.isTransposed ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), blasint(inner), alpha,
            left.first, blasint(max(1, left.rowStride)), right.first, blasint(max(1, right.rowStride)), beta, output,
            blasint(max(1, outputStride)))
    }
}

extension HostProduct {
    init(
        _ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int, alpha: Float = 1,
        beta: Float = 0, bias: UnsafePointer<Float>? = nil
    ) {
        precondition(!output.isTransposed, "product: the output cannot be transposed")
        self.init(
            left: HostMatrix(left), right: HostMatrix(right), output: output.array.floats + output.start,
            outputStride: output.rowStride, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta,
            bias: bias)
    }
}

extension CPUBackend {
    /// `output = op(left) op(right) + (adding ? output : 0)` on the calling thread, for kernels that split their own
    /// work over threads.
    ///
    /// - Parameter rounds: what `rounds(rows:columns:inner:)` says of all of that work.
    func serialProduct(
        _ left: HostMatrix, _ right: HostMatrix, into output: UnsafeMutablePointer<Float>, rowStride: Int,
        rows: Int, columns: Int, inner: Int, adding: Bool, rounds: Bool
    ) {
        runSerially(
            HostProduct(
                left: left, right: right, output: output, outputStride: rowStride, rows: rows, columns: columns,
                inner: inner, beta: adding ? 1 : 0), rounds: rounds)
    }

    /// On the calling thread.
    func runSerially(_ product: HostProduct, rounds: Bool) {
        if let bfloat16, rounds {
            RoundedProduct(product, by: bfloat16, on: self).runSerially()
        } else {
            product.runInSinglePrecision()
        }
    }
}
