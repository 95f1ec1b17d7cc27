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
        run(
            HostProduct(
                left, right, into: output, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta))
    }

    /// The threads share it.
    private func run(_ product: HostProduct) {
        if let bfloat16, rounds(rows: product.rows, columns: product.columns, inner: product.inner) {
            return RoundedProduct(product, by: bfloat16, on: self).run()
        }
        if let panels = PanelProduct(product) { return panels.run(on: self) }
        if let sum = PanelSum(product) { return sum.run(on: self) }
        shareOut(rows: product.rows, columns: product.columns, inner: product.inner) { rows, columns in
            product.block(rows: rows, columns: columns).runInSinglePrecision()
        }
    }

    /// Cuts the output of a product along its longer side into blocks, one a thread.
    func shareOut(
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
        let first = HostProduct(
            left, right, into: output, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
        let rounds = rounds(rows: rows, columns: columns, inner: inner)
        threads.parallelFor(count, grain: max(1, Self.productGrain / max(1, rows * columns * inner))) { range in
            for index in range {
                var product = first
                product.left.first += index * leftStride
                product.right.first += index * rightStride
                product.output += index * outputStride
                runSerially(product, rounds: rounds)
            }
        }
    }

    package func linear(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, _ size: LinearSize, into output: FloatArray
    ) {
        run(
            HostProduct(
                Matrix(input, rowStride: size.inputs),
                Matrix(weight, rowStride: size.inputs, isTransposed: true),
                into: Matrix(output, rowStride: size.outputs), rows: size.rows, columns: size.outputs,
                inner: size.inputs, bias: bias.map { UnsafePointer($0.floats) }))
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
