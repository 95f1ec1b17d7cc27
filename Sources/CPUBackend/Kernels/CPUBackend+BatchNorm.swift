internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func channelSums(_ input: FloatArray, into sums: SumArray) {
        let from = input.floats
        blockSums(ChannelRows(input), into: sums) { start, count, channels, sums in
            ck_channel_sums(from + start, count, channels, sums)
        }
    }

    package func batchMoments(
        _ sums: SumArray, count: Double, epsilon: Float, mean: FloatArray, variance: FloatArray,
        inverseDeviation: FloatArray
    ) {
        let (from, means, variances) = (sums.pointer, mean.floats, variance.floats)
        let rows = max(1, count)
        for channel in 0..<mean.count {
            let value = from[channel] / rows
            means[channel] = Float(value)
            variances[channel] = Float(max(0, from[mean.count + channel] / rows - value * value))
        }
        self.inverseDeviation(variance, epsilon: epsilon, into: inverseDeviation)
    }

    package func inverseDeviation(_ variance: FloatArray, epsilon: Float, into output: FloatArray) {
        let (from, to) = (variance.floats, output.floats)
        for channel in 0..<variance.count {
            to[channel] = Float(1 / (Double(from[channel]) + Double(epsilon)).squareRoot())
        }
    }

    package func batchNorm(_ input: FloatArray, _ state: BatchNormState, into output: FloatArray) {
        let rows = ChannelRows(input)
        let (from, to) = (input.floats, output.floats)
        withUnsafePointer(to: ck_batch_norm_state(state)) { state in
            threads.parallelFor(rows.count, grain: rows.grain) { range in
                let start = range.lowerBound * rows.channels
                ck_batch_norm(from + start, state, range.count, rows.channels, to + start)
            }
        }
    }

    package func batchNormGradientSums(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, into sums: SumArray
    ) {
        let (x, from) = (input.floats, upstream.floats)
        withUnsafePointer(to: ck_batch_norm_state(state)) { state in
            blockSums(ChannelRows(input), into: sums) { start, count, channels, sums in
                ck_batch_norm_gradient_sums(x + start, from + start, state, count, channels, sums)
            }
        }
    }

    package func batchNormInputGradient(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, sums: SumArray?, count: Double,
        into gradient: FloatArray
    ) {
        let rows = ChannelRows(input)
        let (x, from, to) = (input.floats, upstream.floats, gradient.floats)
        withScratch(floats: 2 * rows.channels) { means in
            for index in 0..<2 * rows.channels {
                means[index] = sums.map { Float($0.pointer[index] / max(1, count)) } ?? 0
            }
            withUnsafePointer(to: ck_batch_norm_state(state)) { state in
                threads.parallelFor(rows.count, grain: rows.grain) { range in
                    let start = range.lowerBound * rows.channels
                    ck_batch_norm_input_gradient(
                        x + start, from + start, state, means, means + rows.channels, range.count, rows.channels,
                        to + start)
                }
            }
        }
    }

    package func batchNormParameterGradients(_ sums: SumArray, weight: GradientSum?, bias: GradientSum?) {
        let channels = sums.count / 2
        for (gradient, start) in [(bias, 0), (weight, channels)] {
            guard let gradient else { continue }
            let (from, to) = (sums.pointer + start, gradient.array.floats)
            for channel in 0..<channels { to[channel] = Float(from[channel]) + (gradient.adds ? to[channel] : 0) }
        }
    }

    /// Two sums for each channel, collected block by block and added in the order of the blocks.
    ///
    /// - Parameter body: writes the sums of `count` rows that begin at element `start`.
    private func blockSums(
        _ rows: ChannelRows, into sums: SumArray,
        _ body: (_ start: Int, _ count: Int, _ channels: Int, _ sums: UnsafeMutablePointer<Double>) -> Void
    ) {
        let width = 2 * rows.channels
        let block = DeviceMemory(byteCount: rows.blockCount * width * MemoryLayout<Double>.stride, pool: memory)
        withExtendedLifetime(block) {
            let partial = block.address.assumingMemoryBound(to: Double.self)
            threads.parallelFor(rows.blockCount) { range in
                for index in range {
                    let part = rows.block(index)
                    body(part.lowerBound * rows.channels, part.count, rows.channels, partial + index * width)
                }
            }
            let total = sums.pointer
            total.update(repeating: 0, count: width)
            for index in 0..<rows.blockCount {
                for column in 0..<width { total[column] += partial[index * width + column] }
            }
        }
    }
}

extension ck_batch_norm_state {
    /// The pointers live as long as the arrays of `state`.
    init(_ state: BatchNormState) {
        self.init(
            mean: state.mean.floats, inverse_deviation: state.inverseDeviation.floats, scale: state.weight.floats,
            offset: state.bias.floats, has_relu: state.hasReLU ? 1 : 0)
    }
}
