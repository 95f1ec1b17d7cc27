internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func depthwiseConvolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, into output: FloatArray
    ) {
        if window.packsRows {
            return denseDepthwise(input, weight: weight, reversed: false, bias: bias, window: window, into: output)
        }
        let turned = alongChannels(weight)
        let (maps, weights, addend, results) = (input.floats, turned.floats, bias?.floats, output.floats)
        let sliding = ck_sliding(window, channels: input.shape[3])
        withUnsafePointer(to: sliding) { sliding in
            parallelRows(of: output) { rows in
                ck_depthwise(maps, weights, addend, sliding, rows.lowerBound, rows.count, results)
            }
        }
    }

    package func depthwiseInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, into gradient: FloatArray
    ) {
        if let reversed = window.reversed, reversed.packsRows {
            return denseDepthwise(
                upstream, weight: weight, reversed: true, bias: nil, window: reversed, into: gradient)
        }
        let turned = alongChannels(weight)
        let (from, weights, to) = (upstream.floats, turned.floats, gradient.floats)
        let sliding = ck_sliding(window, channels: gradient.shape[3])
        withUnsafePointer(to: sliding) { sliding in
            parallelRows(of: gradient) { rows in
                ck_depthwise_input_gradient(from, weights, sliding, rows.lowerBound, rows.count, to)
            }
        }
    }

    package func depthwiseParameterGradients(
        _ upstream: FloatArray, input: FloatArray, window: SlidingWindow, weight: GradientSum?, bias: GradientSum?
    ) {
        let rows = upstream.shape[0] * upstream.shape[1]
        let chunks = threads.chunkCount(rows, grain: rowGrain(of: upstream))
        let (taps, channels) = (window.taps, input.shape[3])
        // Each chunk sums into rows of its own: the taps' weights, then the bias. The chunks are added in their order.
        let partial = floats([chunks, (taps + 1) * channels])
        fill(partial, with: 0)
        let (maps, from, sums) = (input.floats, upstream.floats, partial.floats)
        let sliding = ck_sliding(window, channels: channels)
        withUnsafePointer(to: sliding) { sliding in
            threads.run(chunks: chunks) { chunk in
                let range = chunk * rows / chunks..<(chunk + 1) * rows / chunks
                let sum = sums + chunk * (taps + 1) * channels
                let biasSum = bias == nil ? nil : sum + taps * channels
                guard window.packsRows else {
                    return ck_depthwise_weight_gradient(
                        maps, from, sliding, range.lowerBound, range.count, sum, biasSum)
                }
                withScratch(floats: ck_depthwise_dense_scratch(sliding)) { scratch in
                    ck_depthwise_dense_weight_gradient(
                        maps, from, sliding, range.lowerBound, range.count, scratch, sum, biasSum)
                }
            }
        }
        let total = floats([taps + 1, channels])
        self.sum(partial, outer: 1, length: chunks, inner: total.count, into: total)
        if let weight {
            ck_transpose(total.floats, taps, channels, weight.adds ? 1 : 0, weight.array.floats)
        }
        if let bias {
            let sums = total.view(from: taps * channels, shape: [channels])
            if bias.adds { add(sums, into: bias.array) } else { copy(sums, to: bias.array) }
        }
    }

    /// Weights `[C, kh, kw, 1]` as `[kh * kw, C]`: kernels read along the channels, and weights are small.
    private func alongChannels(_ weight: FloatArray) -> FloatArray {
        let (channels, taps) = (weight.shape[0], weight.shape[1] * weight.shape[2])
        let turned = floats([taps, channels])
        ck_transpose(weight.floats, channels, taps, 0, turned.floats)
        return turned
    }

    /// - Parameter reversed: takes the last tap first, for gradients to the input.
    private func denseDepthwise(
        _ input: FloatArray, weight: FloatArray, reversed: Bool, bias: FloatArray?, window: SlidingWindow,
        into output: FloatArray
    ) {
        let turned = alongChannels(weight)
        let (maps, weights, addend, results) = (input.floats, turned.floats, bias?.floats, output.floats)
        let sliding = ck_sliding(window, channels: input.shape[3])
        withUnsafePointer(to: sliding) { sliding in
            parallelRows(of: output) { rows in
                withScratch(floats: ck_depthwise_dense_scratch(sliding)) { scratch in
                    ck_depthwise_dense(
                        maps, weights, reversed ? 1 : 0, addend, sliding, rows.lowerBound, rows.count, scratch, results)
                }
            }
        }
    }

    /// Runs `body` over the rows of `[B, H, W, C]`, counted over the batch.
    func parallelRows(of maps: FloatArray, _ body: (Range<Int>) -> Void) {
        threads.parallelFor(maps.shape[0] * maps.shape[1], grain: rowGrain(of: maps), body)
    }

    private func rowGrain(of maps: FloatArray) -> Int {
        max(1, Self.elementwiseGrain / max(1, maps.shape[2] * maps.shape[3]))
    }
}

extension SlidingWindow {
    /// Whether the kernels that pack rows serve the window.
    fileprivate var packsRows: Bool { isDense && vertical.kernel <= Int(CK_DENSE_KERNEL) }
}
