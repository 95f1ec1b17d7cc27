internal import CKernels
package import DeviceSeam

/// An image is a batch to the kernels of batch normalisation, once each channel has the statistics of its group.
extension CPUBackend {
    package func groupNorm(
        _ input: FloatArray, _ operands: GroupNormOperands, into output: FloatArray, statistics: FloatArray
    ) {
        let sums = scratchArray(of: Double.self, [2 * operands.channels])
        for image in 0..<input.shape[0] {
            let (map, state) = (input.image(image), operands.state(of: image, statistics))
            channelSums(map, into: sums)
            operands.groupMoments(sums, rows: map.shape[0], mean: state.mean, inverse: state.inverseDeviation)
            batchNorm(map, state, into: output.image(image))
        }
    }

    package func groupNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, _ operands: GroupNormOperands,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        let channels = operands.channels
        let (sums, total) = (
            scratchArray(of: Double.self, [2 * channels]), scratchArray(of: Double.self, [2 * channels]))
        total.pointer.update(repeating: 0, count: 2 * channels)
        for image in 0..<input.shape[0] {
            let (map, state) = (input.image(image), operands.state(of: image, statistics))
            batchNormGradientSums(upstream.image(image), input: map, state, into: sums)
            for index in 0..<2 * channels { total.pointer[index] += sums.pointer[index] }
            if let inputGradient {
                groupNormInputGradient(
                    upstream.image(image), input: map, state, operands, sums: sums, into: inputGradient.image(image))
            }
        }
        batchNormParameterGradients(total, weight: weightGradient, bias: biasGradient)
    }

    private func groupNormInputGradient(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, _ operands: GroupNormOperands,
        sums: SumArray, into gradient: FloatArray
    ) {
        let rows = ChannelRows(input)
        let (x, from, to) = (input.floats, upstream.floats, gradient.floats)
        withScratch(floats: 2 * rows.channels) { shifts in
            let slopes = shifts + rows.channels
            operands.gradientMeans(
                sums, rows: rows.count, inverse: state.inverseDeviation.floats, shifts: shifts, slopes: slopes)
            withUnsafePointer(to: ck_batch_norm_state(state)) { state in
                threads.parallelFor(rows.count, grain: rows.grain) { range in
                    let start = range.lowerBound * rows.channels
                    ck_group_norm_input_gradient(
                        x + start, from + start, state, shifts, slopes, range.count, rows.channels, to + start)
                }
            }
        }
    }
}

extension DeviceArray where Element == Float {
    /// One image of `[B, …, C]` as rows of channels.
    fileprivate func image(_ index: Int) -> FloatArray {
        let rows = shape.dropFirst().dropLast().reduce(1, *)
        let channels = shape[shape.count - 1]
        return view(from: index * rows * channels, shape: [rows, channels])
    }
}

extension GroupNormOperands {
    fileprivate var channels: Int { weight.count }

    /// - Parameter statistics: `[B, 2, C]`: for each channel the mean and the inverse deviation of its group.
    fileprivate func state(of image: Int, _ statistics: FloatArray) -> BatchNormState {
        BatchNormState(
            mean: statistics.view(from: 2 * image * channels, shape: [channels]),
            inverseDeviation: statistics.view(from: (2 * image + 1) * channels, shape: [channels]), weight: weight,
            bias: bias, hasReLU: hasReLU)
    }

    /// Mean and inverse deviation of each channel's group, in double precision before they are stored.
    ///
    /// - Parameter sums: of the channels, then of their squares.
    fileprivate func groupMoments(_ sums: SumArray, rows: Int, mean: FloatArray, inverse: FloatArray) {
        let width = channels / groups
        let (from, means, inverses) = (sums.pointer, mean.floats, inverse.floats)
        let count = Double(max(1, rows * width))
        for group in 0..<groups {
            let members = group * width..<(group + 1) * width
            let average = members.reduce(0) { $0 + from[$1] } / count
            let squares = members.reduce(0) { $0 + from[channels + $1] } / count
            let deviation = (max(0, squares - average * average) + Double(epsilon)).squareRoot()
            for channel in members { (means[channel], inverses[channel]) = (Float(average), Float(1 / deviation)) }
        }
    }

    /// With `g = weight * upstream` and `n` the normalised input, `dx = inverse (g - mean(g) - n mean(g n))` over each
    /// group: what is taken off each channel, and off each of its numbers above the mean.
    ///
    /// - Parameter sums: of each channel's upstream, then of its product with the normalised input.
    fileprivate func gradientMeans(
        _ sums: SumArray, rows: Int, inverse: UnsafePointer<Float>, shifts: UnsafeMutablePointer<Float>,
        slopes: UnsafeMutablePointer<Float>
    ) {
        let width = channels / groups
        let (from, weights) = (sums.pointer, weight.floats)
        let count = Double(max(1, rows * width))
        for group in 0..<groups {
            let members = group * width..<(group + 1) * width
            let upstream = members.reduce(0) { $0 + Double(weights[$1]) * from[$1] } / count
            let product = members.reduce(0) { $0 + Double(weights[$1]) * from[channels + $1] } / count
            for channel in members {
                let scale = Double(inverse[channel])
                shifts[channel] = Float(scale * upstream)
                slopes[channel] = Float(scale * scale * product)
            }
        }
    }
}
