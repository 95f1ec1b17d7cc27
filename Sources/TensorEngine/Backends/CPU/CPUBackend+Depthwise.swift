internal import CKernels

extension CPUBackend {
    func depthwiseConvolution(
        _ input: Tensor, weight: Tensor, bias: Tensor?, window: SlidingWindow, into output: Tensor
    ) {
        if window.packsRows {
            return denseDepthwise(input, weight: weight, reversed: false, bias: bias, window: window, into: output)
        }
        let (maps, weights, addend, results) = (input.floats, weight.floats, bias?.floats, output.floats)
        let sliding = ck_sliding(window, channels: input.shape[3])
        withUnsafePointer(to: sliding) { sliding in
            parallelRows(of: output) { rows in
                ck_depthwise(maps, weights, addend, sliding, rows.lowerBound, rows.count, results)
            }
        }
    }

    func depthwiseInputGradient(_ upstream: Tensor, weight: Tensor, window: SlidingWindow, into gradient: Tensor) {
        if let reversed = window.reversed, reversed.packsRows {
            return denseDepthwise(
                upstream, weight: weight, reversed: true, bias: nil, window: reversed, into: gradient)
        }
        let (from, weights, to) = (upstream.floats, weight.floats, gradient.floats)
        let sliding = ck_sliding(window, channels: gradient.shape[3])
        withUnsafePointer(to: sliding) { sliding in
            parallelRows(of: gradient) { rows in
                ck_depthwise_input_gradient(from, weights, sliding, rows.lowerBound, rows.count, to)
            }
        }
    }

    func depthwiseParameterGradients(
        _ upstream: Tensor, input: Tensor, window: SlidingWindow, weightGradient: Tensor, biasGradient: Tensor?
    ) {
        let rows = upstream.shape[0] * upstream.shape[1]
        let chunks = threads.chunkCount(rows, grain: rowGrain(of: upstream))
        let (taps, channels) = (window.taps, input.shape[3])
        // Each chunk sums into rows of its own: the taps' weights, then the bias. The chunks are added in their order.
        let partial = Tensor(uninitialized: [chunks, (taps + 1) * channels])
        fill(partial, with: 0)
        let (maps, from, sums) = (input.floats, upstream.floats, partial.floats)
        let sliding = ck_sliding(window, channels: channels)
        withUnsafePointer(to: sliding) { sliding in
            threads.run(chunks: chunks) { chunk in
                let range = chunk * rows / chunks..<(chunk + 1) * rows / chunks
                let sum = sums + chunk * (taps + 1) * channels
                let biasSum = biasGradient == nil ? nil : sum + taps * channels
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
        let total = Tensor(uninitialized: [(taps + 1) * channels])
        sum(partial, outer: 1, length: chunks, inner: total.count, into: total)
        copy(total.view(from: 0, shape: weightGradient.shape), to: weightGradient)
        if let biasGradient { copy(total.view(from: taps * channels, shape: [channels]), to: biasGradient) }
    }

    /// - Parameter reversed: takes the last tap first, for gradients to the input.
    private func denseDepthwise(
        _ input: Tensor, weight: Tensor, reversed: Bool, bias: Tensor?, window: SlidingWindow, into output: Tensor
    ) {
        let (maps, weights, addend, results) = (input.floats, weight.floats, bias?.floats, output.floats)
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
    func parallelRows(of maps: Tensor, _ body: (Range<Int>) -> Void) {
        threads.parallelFor(maps.shape[0] * maps.shape[1], grain: rowGrain(of: maps), body)
    }

    private func rowGrain(of maps: Tensor) -> Int {
        max(1, Self.elementwiseGrain / max(1, maps.shape[2] * maps.shape[3]))
    }
}

extension SlidingWindow {
    /// Whether the kernels that pack rows serve the window.
    fileprivate var packsRows: Bool { isDense && vertical.kernel <= Int(CK_DENSE_KERNEL) }
}
