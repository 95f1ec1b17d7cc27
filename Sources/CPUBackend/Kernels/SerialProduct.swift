internal import COpenBLAS

/// A row-major matrix somewhere in host memory.
struct HostMatrix {
    let first: UnsafePointer<Float>
    /// Floats from one row to the next.
    let rowStride: Int
    var isTransposed = false
}

/// `output = op(left) op(right) + (adding ? output : 0)` on the calling thread, with `op(left)` `[rows, inner]` and
/// `op(right)` `[inner, columns]`. For kernels that split their own work over threads.
func serialProduct(
    _ left: HostMatrix, _ right: HostMatrix, into output: UnsafeMutablePointer<Float>, rowStride: Int,
    rows: Int, columns: Int, inner: Int, adding: Bool
) {
    cblas_sgemm(
        CblasRowMajor, left.isTransposed ? CblasTrans : CblasNoTrans, right.isTransposed ? CblasTrans : CblasNoTrans,
        blasint(rows), blasint(columns), blasint(inner), 1, left.first, blasint(left.rowStride), right.first,
        blasint(right.rowStride), adding ? 1 : 0, output, blasint(rowStride))
}
