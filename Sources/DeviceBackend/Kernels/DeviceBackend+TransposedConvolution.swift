package import DeviceSeam

/// Where windows do not meet: one product, whose rows are then laid out as 2 x 2 pixels.
extension DeviceBackend {
    package func transposedConvolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, into output: FloatArray
    ) {
        let size = QuadSize(input: input.shape, outputs: weight.shape[3])
        let quads = floats([size.cells, size.quad])
        product(
            Matrix(input, rowStride: size.inputs), Matrix(weight, rowStride: size.quad),
            into: Matrix(quads, rowStride: size.quad), rows: size.cells, columns: size.quad, inner: size.inputs,
            alpha: 1, beta: 0)
        context.launch(
            "unfold_quads", each: output.count,
            [quads, bias, output, size.height, size.width, size.outputs, output.count])
    }

    package func transposedConvolutionGradients(
        _ upstream: FloatArray, input: FloatArray?, weight: FloatArray, inputGradient: FloatArray?,
        weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        let shape = upstream.shape
        let size = QuadSize(
            input: [shape[0], shape[1] / 2, shape[2] / 2, weight.shape[0]], outputs: weight.shape[3])
        if let biasGradient {
            sum(upstream, outer: 1, length: 4 * size.cells, inner: size.outputs, into: biasGradient)
        }
        guard inputGradient != nil || weightGradient != nil else { return }
        let quads = floats([size.cells, size.quad])
        context.launch(
            "fold_quads", each: quads.count, [upstream, quads, size.height, size.width, size.outputs, quads.count])
        if let inputGradient {
            product(
                Matrix(quads, rowStride: size.quad), Matrix(weight, rowStride: size.quad, isTransposed: true),
                into: Matrix(inputGradient, rowStride: size.inputs), rows: size.cells, columns: size.inputs,
                inner: size.quad, alpha: 1, beta: 0)
        }
        if let weightGradient, let input {
            product(
                Matrix(input, rowStride: size.inputs, isTransposed: true), Matrix(quads, rowStride: size.quad),
                into: Matrix(weightGradient.array, rowStride: size.quad), rows: size.inputs, columns: size.quad,
                inner: size.cells, alpha: 1, beta: weightGradient.adds ? 1 : 0)
        }
    }
}

private struct QuadSize {
    let (height, width, inputs, outputs): (Int, Int, Int, Int)
    /// Pixels of the small maps.
    let cells: Int
    /// What becomes of one.
    var quad: Int { 4 * outputs }

    init(input: [Int], outputs: Int) {
        (height, width, inputs, self.outputs) = (input[1], input[2], input[3], outputs)
        cells = input[0] * input[1] * input[2]
    }
}
