internal import COpenBLAS
package import DeviceSeam

extension CPUBackend {
    /// Multiply-adds below which a second thread costs more than it saves.
    private static let productGrain = 1 << 18
    /// Rows or columns a thread's share is rounded to: whole tiles of OpenBLAS, and small enough that threads get equal
    /// shares of 64 or 320 channels.
    private static let productTile = 16

    package func product(
        _ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int, alpha: Float,
        beta: Float
    ) {
        let panels = PanelProduct(
            left, right, into: output, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
        if let panels { return panels.run(on: self) }
        let sum = PanelSum(
            left, right, into: output, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
        if let sum { return sum.run(on: self) }
        let call = ProductCall(left, right, output, inner: inner, alpha: alpha, beta: beta)
        shareOut(rows: rows, columns: columns, inner: inner, call.run)
    }

    /// Cuts the output of a product along its longer side into blocks, one a thread.
    private func shareOut(
        rows: Int, columns: Int, inner: Int, _ body: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void
    ) {
        guard rows > 0, columns > 0 else { return }
        let longest = max(rows, columns)
        let grain = max(Self.productTile, Self.productGrain / max(1, rows * columns / longest * inner))
        let tiles = (longest + Self.productTile - 1) / Self.productTile
        threads.parallelFor(tiles, grain: (grain + Self.productTile - 1) / Self.productTile) { range in
            let start = range.lowerBound * Self.productTile
            let share = start..<min(longest, range.upperBound * Self.productTile)
            if rows >= columns { body(share, 0..<columns) } else { body(0..<rows, share) }
        }
    }

    package func batchedProduct(
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

    package func linear(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, _ size: LinearSize, into output: FloatArray
    ) {
        let (left, right) = (
            Matrix(input, rowStride: size.inputs), Matrix(weight, rowStride: size.inputs, isTransposed: true))
        let result = Matrix(output, rowStride: size.outputs)
        let panels = PanelProduct(
            left, right, into: result, rows: size.rows, columns: size.outputs, inner: size.inputs, alpha: 1, beta: 0)
        if let panels { return panels.run(on: self, bias: bias.map { UnsafePointer($0.floats) }) }
        let call = ProductCall(left, right, result, inner: size.inputs, alpha: 1, beta: bias == nil ? 0 : 1)
        let (addend, to) = (bias?.floats, output.floats)
        shareOut(rows: size.rows, columns: size.outputs, inner: size.inputs) { rows, columns in
            if let addend {
                for row in rows {
                    (to + row * size.outputs + columns.lowerBound).update(
                        from: addend + columns.lowerBound, count: columns.count)
                }
            }
            call.run(rows: rows, columns: columns)
        }
    }

    package func linearParameterGradients(
        _ upstream: FloatArray, input: FloatArray?, _ size: LinearSize, weight: GradientSum?, bias: GradientSum?
    ) {
        if let weight, let input {
            product(
                Matrix(upstream, rowStride: size.outputs, isTransposed: true), Matrix(input, rowStride: size.inputs),
                into: Matrix(weight.array, rowStride: size.inputs), rows: size.outputs, columns: size.inputs,
                inner: size.rows, alpha: 1, beta: weight.adds ? 1 : 0)
        }
        if let bias { sumRows(upstream, rows: size.rows, columns: size.outputs, into: bias) }
    }

    /// `output[c] = sum over rows of input[r, c]`
    func sumRows(_ input: FloatArray, rows: Int, columns: Int, into output: GradientSum) {
        guard output.adds else {
            return sum(input, outer: 1, length: rows, inner: columns, into: output.array)
        }
        let sums = floats([columns])
        sum(input, outer: 1, length: rows, inner: columns, into: sums)
        add(sums, into: output.array)
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
        self.left = UnsafePointer(left.array.floats + left.start)
        self.right = UnsafePointer(right.array.floats + right.start)
        self.output = output.array.floats + output.start
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
