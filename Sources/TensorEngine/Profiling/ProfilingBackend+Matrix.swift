extension ProfilingBackend: MatrixKernels {
    package func product(
        _ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int, alpha: Float,
        beta: Float
    ) {
        let size = ProductSize(rows: rows, columns: columns, inner: inner, addsToOutput: beta != 0)
        profile.book(size.work(Self.name(left, right))) {
            base.product(
                left, right, into: output, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
        }
    }

    package func batchedProduct(
        _ left: Matrix, leftStride: Int, _ right: Matrix, rightStride: Int, into output: Matrix, outputStride: Int,
        count: Int, rows: Int, columns: Int, inner: Int, alpha: Float, beta: Float
    ) {
        let size = ProductSize(count: count, rows: rows, columns: columns, inner: inner, addsToOutput: beta != 0)
        profile.book(size.work("batched product")) {
            base.batchedProduct(
                left, leftStride: leftStride, right, rightStride: rightStride, into: output, outputStride: outputStride,
                count: count, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
        }
    }

    /// A linear layer is `x W^T`, its gradients are `dy W` and `dy^T x`: what is transposed tells them apart.
    private static func name(_ left: Matrix, _ right: Matrix) -> String {
        switch (left.isTransposed, right.isTransposed) {
        case (false, true): "linear"
        case (false, false): "linear input gradient"
        case (true, false): "linear weight gradient"
        case (true, true): "product"
        }
    }
}

/// How large one product is, or several of one size.
private struct ProductSize {
    var count = 1
    let rows: Int
    let columns: Int
    let inner: Int
    let addsToOutput: Bool

    func work(_ name: String) -> OperationProfile.Work {
        let elements = rows * inner + inner * columns + (addsToOutput ? 2 : 1) * rows * columns
        let shapes = [[rows, inner], [inner, columns]]
        return OperationProfile.Work(
            name: name, shapes: count == 1 ? shapes : [[count]] + shapes,
            flops: 2 * Double(count) * Double(rows) * Double(columns) * Double(inner),
            bytes: Double(count * elements * MemoryLayout<Float>.stride), isProduct: true)
    }
}
