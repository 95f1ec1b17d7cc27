internal import CKernels
package import DeviceSeam

/// A pixel becomes four: one product with the weight as `[I, 4 O]`, whose columns are then laid out as 2 x 2 pixels.
/// Blocks of rows pass through one buffer, so that the products of all pixels are never held.
extension CPUBackend {
    /// Pixels of a block: many enough for the product to reach its limit, and whole shares for many threads.
    private static let pixelsPerBlock = 3072

    package func transposedConvolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, into output: FloatArray
    ) {
        guard output.count > 0 else { return }
        let (inputs, outputs, addend) = (weight.shape[0], weight.shape[3], bias?.floats)
        forEachBlock(of: input.shape, columns: 4 * outputs) { rows, pixels, products in
            product(
                Matrix(input, start: rows.lowerBound * input.shape[2] * inputs, rowStride: inputs),
                Matrix(weight, rowStride: 4 * outputs), into: Matrix(products, rowStride: 4 * outputs), rows: pixels,
                columns: 4 * outputs, inner: inputs, alpha: 1, beta: 0)
            let (from, to) = (products.floats, output.floats)
            forEachRow(rows, floats: 4 * outputs * input.shape[2]) { offset, place in
                ck_unfold_pixels(from + offset, input.shape[2], outputs, addend, to + place)
            }
        }
    }

    package func transposedConvolutionGradients(
        _ upstream: FloatArray, input: FloatArray?, weight: FloatArray, inputGradient: FloatArray?,
        weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        let (inputs, outputs) = (weight.shape[0], weight.shape[3])
        let shape = [upstream.shape[0], upstream.shape[1] / 2, upstream.shape[2] / 2, inputs]
        if let weightGradient, !weightGradient.adds { fill(weightGradient.array, with: 0) }
        forEachBlock(of: shape, columns: 4 * outputs) { rows, pixels, factors in
            let (from, to) = (upstream.floats, factors.floats)
            forEachRow(rows, floats: 4 * outputs * shape[2]) { offset, place in
                ck_fold_pixels(from + place, shape[2], outputs, to + offset)
            }
            let start = rows.lowerBound * shape[2] * inputs
            if let weightGradient, let input {
                product(
                    Matrix(input, start: start, rowStride: inputs, isTransposed: true),
                    Matrix(factors, rowStride: 4 * outputs),
                    into: Matrix(weightGradient.array, rowStride: 4 * outputs), rows: inputs, columns: 4 * outputs,
                    inner: pixels, alpha: 1, beta: 1)
            }
            if let inputGradient {
                product(
                    Matrix(factors, rowStride: 4 * outputs),
                    Matrix(weight, rowStride: 4 * outputs, isTransposed: true),
                    into: Matrix(inputGradient, start: start, rowStride: inputs), rows: pixels, columns: inputs,
                    inner: 4 * outputs, alpha: 1, beta: 0)
            }
        }
        if let biasGradient {
            sumRows(upstream, rows: upstream.count / max(1, outputs), columns: outputs, into: biasGradient)
        }
    }

    /// Runs `body` over blocks of rows of maps `[B, h, w, _]`, rows counted over the batch, with a buffer of `columns`
    /// a pixel.
    private func forEachBlock(
        of shape: [Int], columns: Int, _ body: (_ rows: Range<Int>, _ pixels: Int, _ buffer: FloatArray) -> Void
    ) {
        let (rows, width) = (shape[0] * shape[1], shape[2])
        guard rows * width * columns > 0 else { return }
        let rowsPerBlock = min(rows, max(1, Self.pixelsPerBlock / width))
        let buffer = floats([rowsPerBlock * width, columns])
        for first in stride(from: 0, to: rows, by: rowsPerBlock) {
            let block = first..<min(rows, first + rowsPerBlock)
            body(block, block.count * width, buffer)
        }
    }

    /// Runs `body` for every row of a block with its place in the buffer and in the whole, rows being `floats` long.
    private func forEachRow(
        _ rows: Range<Int>, floats: Int, _ body: (_ offset: Int, _ place: Int) -> Void
    ) {
        threads.parallelFor(rows.count, grain: max(1, Self.elementwiseGrain / floats)) { range in
            for row in range { body(row * floats, (rows.lowerBound + row) * floats) }
        }
    }
}
