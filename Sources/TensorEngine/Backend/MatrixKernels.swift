/// One operand of a product: a row-major matrix inside a tensor.
package struct Matrix {
    package let tensor: Tensor
    /// First element, counted from the start of the tensor.
    package let start: Int
    /// Elements from one row to the next.
    package let rowStride: Int
    package let isTransposed: Bool

    package init(_ tensor: Tensor, start: Int = 0, rowStride: Int, isTransposed: Bool = false) {
        self.tensor = tensor
        self.start = start
        self.rowStride = rowStride
        self.isTransposed = isTransposed
    }
}

package protocol MatrixKernels {
    /// `output = alpha * op(left) op(right) + beta * output`, with `op(left)` `[rows, inner]`, `op(right)`
    /// `[inner, columns]`.
    func product(
        _ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int, alpha: Float,
        beta: Float)
    /// The same for `count` independent products; operand `i` starts `i * stride` elements further.
    func batchedProduct(
        _ left: Matrix, leftStride: Int, _ right: Matrix, rightStride: Int, into output: Matrix, outputStride: Int,
        count: Int, rows: Int, columns: Int, inner: Int, alpha: Float, beta: Float)
}
