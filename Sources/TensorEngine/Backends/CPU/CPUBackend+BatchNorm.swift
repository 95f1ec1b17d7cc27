internal import CKernels

extension CPUBackend: NormalizationKernels {
    func channelSums(_ input: Tensor) -> [Double] {
        let from = input.floats
        return blockSums(ChannelRows(input)) { start, count, channels, sums in
            ck_channel_sums(from + start, count, channels, sums)
        }
    }

    func batchNorm(_ input: Tensor, _ state: BatchNormState, into output: Tensor) {
        let rows = ChannelRows(input)
        let (from, to) = (input.floats, output.floats)
        withUnsafePointer(to: ck_batch_norm_state(state)) { state in
            threads.parallelFor(rows.count, grain: rows.grain) { range in
                let start = range.lowerBound * rows.channels
                ck_batch_norm(from + start, state, range.count, rows.channels, to + start)
            }
        }
    }

    func batchNormGradientSums(_ upstream: Tensor, input: Tensor, _ state: BatchNormState) -> [Double] {
        let (x, from) = (input.floats, upstream.floats)
        return withUnsafePointer(to: ck_batch_norm_state(state)) { state in
            blockSums(ChannelRows(input)) { start, count, channels, sums in
                ck_batch_norm_gradient_sums(x + start, from + start, state, count, channels, sums)
            }
        }
    }

    func batchNormInputGradient(
        _ upstream: Tensor, input: Tensor, _ state: BatchNormState, upstreamMean: Tensor, productMean: Tensor,
        into gradient: Tensor
    ) {
        let rows = ChannelRows(input)
        let (x, from, to) = (input.floats, upstream.floats, gradient.floats)
        let (shift, slope) = (upstreamMean.floats, productMean.floats)
        withUnsafePointer(to: ck_batch_norm_state(state)) { state in
            threads.parallelFor(rows.count, grain: rows.grain) { range in
                let start = range.lowerBound * rows.channels
                ck_batch_norm_input_gradient(
                    x + start, from + start, state, shift, slope, range.count, rows.channels, to + start)
            }
        }
    }

    /// Two sums for each channel, collected block by block and added in the order of the blocks.
    ///
    /// - Parameter body: writes the sums of `count` rows that begin at element `start`.
    private func blockSums(
        _ rows: ChannelRows,
        _ body: (_ start: Int, _ count: Int, _ channels: Int, _ sums: UnsafeMutablePointer<Double>) -> Void
    ) -> [Double] {
        let width = 2 * rows.channels
        let block = DeviceMemory(byteCount: rows.blockCount * width * MemoryLayout<Double>.stride, pool: memory)
        return withExtendedLifetime(block) {
            let partial = block.address.assumingMemoryBound(to: Double.self)
            threads.parallelFor(rows.blockCount) { range in
                for index in range {
                    let part = rows.block(index)
                    body(part.lowerBound * rows.channels, part.count, rows.channels, partial + index * width)
                }
            }
            var total = [Double](repeating: 0, count: width)
            for index in 0..<rows.blockCount {
                for column in 0..<width { total[column] += partial[index * width + column] }
            }
            return total
        }
    }
}

extension ck_batch_norm_state {
    /// The pointers live as long as the tensors of `state`.
    fileprivate init(_ state: BatchNormState) {
        self.init(
            mean: state.mean.floats, inverse_deviation: state.inverseDeviation.floats, scale: state.weight.floats,
            offset: state.bias.floats, has_relu: state.hasReLU ? 1 : 0)
    }
}
