/// One operand of a product: a row-major matrix inside an array.
package struct Matrix {
    package let array: FloatArray
    /// First element, counted from the start of the array.
    package let start: Int
    /// Elements from one row to the next.
    package let rowStride: Int
    package let isTransposed: Bool

    package init(_ array: FloatArray, start: Int = 0, rowStride: Int, isTransposed: Bool = false) {
        self.array = array
        self.start = start
        self.rowStride = rowStride
        self.isTransposed = isTransposed
    }
}

/// Sizes of a linear layer `[rows, inputs] -> [rows, outputs]`, whose weight is `[outputs, inputs]`.
package struct LinearSize {
    package let rows: Int
    package let inputs: Int
    package let outputs: Int

    package init(rows: Int, inputs: Int, outputs: Int) {
        self.rows = rows
        self.inputs = inputs
        self.outputs = outputs
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

    /// `output = input weight^T + bias`
    func linear(_ input: FloatArray, weight: FloatArray, bias: FloatArray?, _ size: LinearSize, into output: FloatArray)
    /// `weight = upstream^T input`, `bias = sum over rows of upstream`. `input` is there where `weight` is.
    func linearParameterGradients(
        _ upstream: FloatArray, input: FloatArray?, _ size: LinearSize, weight: GradientSum?, bias: GradientSum?)
}
