package import DeviceSeam

extension DeviceBackend {
    package func groupNorm(
        _ input: FloatArray, _ operands: GroupNormOperands, into output: FloatArray, statistics: FloatArray
    ) {
        let shape = ImageRows(input, images: input.shape[0])
        let sums = doubles([shape.images, 2 * shape.channels])
        channelSums(input, images: shape.images, into: sums)
        context.launch(
            "group_moments", each: shape.images * operands.groups,
            [
                sums, statistics, Double(max(1, shape.rows)), operands.epsilon, shape.channels, operands.groups,
                shape.images * operands.groups,
            ])
        channelNorm(
            input, operands.state(statistics), images: shape.images, stride: 2 * shape.channels, into: output)
    }

    package func groupNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, _ operands: GroupNormOperands,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        let shape = ImageRows(input, images: input.shape[0])
        let (channels, state) = (shape.channels, operands.state(statistics))
        let sums = doubles([shape.images, 2 * channels])
        channelNormGradientSums(
            upstream, input: input, state, images: shape.images, stride: 2 * channels, into: sums)
        for (gradient, start) in [(biasGradient, 0), (weightGradient, channels)] {
            guard let gradient else { continue }
            fold(sums, start: start, blocks: shape.images, inner: channels, stride: 2 * channels, into: gradient)
        }
        guard let inputGradient else { return }
        let means = floats([shape.images, 2 * channels])
        let groups = shape.images * operands.groups
        context.launch(
            "group_gradient_means", each: groups,
            [
                sums, statistics, operands.weight, means, Double(max(1, shape.rows)), channels, operands.groups, groups,
            ])
        context.launch(
            "group_norm_input_gradient", each: input.count,
            [
                input, upstream, statistics, operands.weight, operands.bias, means, inputGradient,
                max(1, shape.rows * channels), channels, operands.hasReLU, input.count,
            ])
    }
}

extension GroupNormOperands {
    /// - Parameter statistics: `[B, 2, C]`: for each channel the mean and the inverse deviation of its group.
    fileprivate func state(_ statistics: FloatArray) -> BatchNormState {
        BatchNormState(
            mean: statistics, inverseDeviation: statistics.view(from: weight.count, shape: [weight.count]),
            weight: weight, bias: bias, hasReLU: hasReLU)
    }
}
