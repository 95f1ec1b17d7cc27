package import DeviceSeam

extension DeviceBackend {
    package func channelSums(_ input: FloatArray, into sums: SumArray) {
        channelSums(input, images: 1, into: sums)
    }

    package func batchMoments(
        _ sums: SumArray, count: Double, epsilon: Float, mean: FloatArray, variance: FloatArray,
        inverseDeviation: FloatArray
    ) {
        context.launch("batch_moments", each: mean.count, [sums, mean, variance, max(1, count), mean.count])
        self.inverseDeviation(variance, epsilon: epsilon, into: inverseDeviation)
    }

    package func inverseDeviation(_ variance: FloatArray, epsilon: Float, into output: FloatArray) {
        context.launch("inverse_deviation", each: variance.count, [variance, output, epsilon, variance.count])
    }

    package func batchNorm(_ input: FloatArray, _ state: BatchNormState, into output: FloatArray) {
        channelNorm(input, state, images: 1, stride: 0, into: output)
    }

    package func batchNormGradientSums(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, into sums: SumArray
    ) {
        channelNormGradientSums(upstream, input: input, state, images: 1, stride: 0, into: sums)
    }

    package func batchNormInputGradient(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, sums: SumArray?, count: Double,
        into gradient: FloatArray
    ) {
        context.launch(
            "batch_norm_input_gradient", each: input.count,
            [
                input, upstream, state.mean, state.inverseDeviation, state.weight, state.bias, sums, gradient,
                max(1, count), state.weight.count, state.hasReLU, input.count,
            ])
    }

    package func batchNormParameterGradients(_ sums: SumArray, weight: GradientSum?, bias: GradientSum?) {
        let channels = sums.count / 2
        for (gradient, start) in [(bias, 0), (weight, channels)] {
            guard let gradient else { continue }
            context.launch(
                "store_sums", each: channels,
                [sums.view(from: start, shape: [channels]), gradient.array, gradient.adds, channels])
        }
    }

    // MARK: for batches and for the images of group normalisation alike

    /// Sums and sums of squares of each channel of each image, `[images, 2 C]`.
    func channelSums(_ input: FloatArray, images: Int, into sums: SumArray) {
        let shape = ImageRows(input, images: images)
        let partial = doubles([images, shape.blocks, 2 * shape.channels])
        let count = images * shape.blocks * shape.channels
        context.launch(
            "channel_sums", each: count, [input, partial, shape.rows, shape.channels, shape.blocks, count])
        fold(partial, shape, into: sums)
    }

    /// - Parameter stride: from the statistics of one image to those of the next.
    func channelNorm(
        _ input: FloatArray, _ state: BatchNormState, images: Int, stride: Int, into output: FloatArray
    ) {
        context.launch(
            "channel_norm", each: input.count,
            [
                input, state.mean, state.inverseDeviation, state.weight, state.bias, output,
                max(1, input.count / max(1, images)), stride, state.weight.count, state.hasReLU, input.count,
            ])
    }

    func channelNormGradientSums(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, images: Int, stride: Int,
        into sums: SumArray
    ) {
        let shape = ImageRows(input, images: images)
        let partial = doubles([images, shape.blocks, 2 * shape.channels])
        let count = images * shape.blocks * shape.channels
        context.launch(
            "channel_norm_gradient_sums", each: count,
            [
                input, upstream, state.mean, state.inverseDeviation, state.weight, state.bias, partial, shape.rows,
                stride, shape.channels, state.hasReLU, shape.blocks, count,
            ])
        fold(partial, shape, into: sums)
    }

    private func fold(_ partial: SumArray, _ shape: ImageRows, into sums: SumArray) {
        let width = 2 * shape.channels
        context.launch(
            "fold_to_double", each: shape.images * width, [partial, sums, shape.blocks, width, shape.images * width])
    }
}

/// Images of an array as rows of channels.
struct ImageRows {
    let (images, rows, channels): (Int, Int, Int)
    var blocks: Int { DeviceBackend.blocks(of: rows, most: 256) }

    init(_ array: FloatArray, images: Int) {
        let channels = array.shape.last ?? 1
        self.images = images
        self.channels = channels
        rows = array.count / max(1, images * channels)
    }
}
