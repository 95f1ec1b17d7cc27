package import DeviceSeam
internal import Synchronization

extension DeviceBackend {
    package func product(
        _ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int, alpha: Float,
        beta: Float
    ) {
        var call = ProductCall(left, right, into: output, rows: rows, columns: columns, inner: inner)
        (call.alpha, call.beta) = (alpha, beta)
        run(call)
    }

    package func batchedProduct(
        _ left: Matrix, leftStride: Int, _ right: Matrix, rightStride: Int, into output: Matrix, outputStride: Int,
        count: Int, rows: Int, columns: Int, inner: Int, alpha: Float, beta: Float
    ) {
        var call = ProductCall(left, right, into: output, rows: rows, columns: columns, inner: inner)
        (call.leftStride, call.rightStride, call.outputStride) = (leftStride, rightStride, outputStride)
        (call.count, call.alpha, call.beta) = (count, alpha, beta)
        run(call)
    }

    package func linear(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, _ size: LinearSize, into output: FloatArray
    ) {
        if let bias {
            context.launch(
                "repeat_row", each: size.rows * size.outputs, [bias, output, size.outputs, size.rows * size.outputs])
        }
        product(
            Matrix(input, rowStride: size.inputs), Matrix(weight, rowStride: size.inputs, isTransposed: true),
            into: Matrix(output, rowStride: size.outputs), rows: size.rows, columns: size.outputs, inner: size.inputs,
            alpha: 1, beta: bias == nil ? 0 : 1)
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
        if let bias { sum(upstream, outer: 1, length: size.rows, inner: size.outputs, into: bias) }
    }

    /// Queues products: the library's where there is one, ours otherwise.
    func run(_ call: ProductCall) {
        guard call.rows > 0, call.columns > 0, call.count > 0 else { return }
        context.note("product \(call.rows) x \(call.columns) x \(call.inner)")
        guard call.inner > 0, let library = context.products else { return runOwn(call) }
        let (count, rows, inner, columns) = (call.count, call.rows, call.inner, call.columns)
        let numbers = library.numbers(of: call, precision)
        withExtendedLifetime(call) {
            context.submit(
                signature: numbers.signature, "\(count) products of \(rows) x \(inner) and \(inner) x \(columns)",
                isLibrary: true
            ) { [context] _, _ in context.productLock.withLock { _ in library.run(numbers) } }
        }
    }

    /// The kernel of ours, whose grid takes so many products at a time.
    private func runOwn(_ call: ProductCall) {
        let a = call.left.steps
        let largest = 65_535
        for first in stride(from: 0, to: call.count, by: largest) {
            for firstRow in stride(from: 0, to: call.rows, by: largest * 64) {
                let rows = min(call.rows - firstRow, largest * 64)
                let groups = ((call.columns + 63) / 64, (rows + 63) / 64, min(largest, call.count - first))
                context.launch(
                    "product_\(precision)", groups: groups,
                    [
                        call.left.view(first * call.leftStride + firstRow * a.row),
                        call.right.view(first * call.rightStride),
                        call.output.view(first * call.outputStride + firstRow * call.output.rowStride),
                        call.packed(rows: rows),
                    ])
            }
        }
    }
}

extension ProductCall {
    /// As the kernels take it.
    fileprivate func packed(rows: Int) -> PackedValue {
        let (a, b) = (left.steps, right.steps)
        var value = PackedValue()
        for number in [
            rows, columns, inner, a.row, a.column, b.row, b.column, output.rowStride, leftStride, rightStride,
            outputStride,
        ] { value.add(int64: number) }
        value.add(float: alpha)
        value.add(float: beta)
        return value
    }
}

extension Matrix {
    /// The elements from one on.
    fileprivate func view(_ first: Int) -> FloatArray { array.view(from: start + first, shape: []) }
}
