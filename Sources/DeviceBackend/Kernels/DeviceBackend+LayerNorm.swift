package import DeviceSeam

extension DeviceBackend {
    package func layerNorm(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray, epsilon: Float, into output: FloatArray,
        statistics: FloatArray
    ) {
        let rows = RowShape(input)
        context.launch(
            "layer_norm", groups: rows.warpGroups,
            [input, weight, bias, output, statistics, epsilon, rows.count, rows.channels])
    }

    package func layerNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, weight: FloatArray,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        let rows = RowShape(input)
        if let inputGradient {
            context.launch(
                "layer_norm_input_gradient", groups: rows.warpGroups,
                [input, statistics, weight, upstream, inputGradient, rows.count, rows.channels])
        }
        guard weightGradient != nil || biasGradient != nil else { return }
        let blocks = Self.blocks(of: rows.count, most: 256)
        let partial = doubles([blocks, 2 * rows.channels])
        context.launch(
            "layer_norm_parameter_sums", each: blocks * rows.channels,
            [input, statistics, upstream, partial, rows.count, rows.channels, blocks])
        for (gradient, start) in [(weightGradient, 0), (biasGradient, rows.channels)] {
            guard let gradient else { continue }
            fold(
                partial, start: start, blocks: blocks, inner: rows.channels, stride: 2 * rows.channels, into: gradient)
        }
    }
}

/// An array `[…, C]` as rows of `C`.
struct RowShape {
    let count: Int
    let channels: Int

    init(_ array: FloatArray) {
        channels = array.shape.last ?? 1
        count = array.shape.dropLast().reduce(1, *)
    }

    /// Groups of four warps, each of which has a row.
    var warpGroups: (x: Int, y: Int, z: Int) { ((count + 3) / 4, 1, 1) }
}
