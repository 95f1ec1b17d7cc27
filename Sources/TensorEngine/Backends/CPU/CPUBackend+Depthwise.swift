internal import CKernels

extension CPUBackend {
    func depthwiseConvolution(
        _ input: Tensor, weight: Tensor, bias: Tensor?, window: SlidingWindow, into output: Tensor
    ) {
        let (maps, weights, addend, results) = (input.floats, weight.floats, bias?.floats, output.floats)
        let sliding = ck_sliding(window, channels: input.shape[3])
        withUnsafePointer(to: sliding) { sliding in
            parallelRows(of: output) { rows in
                ck_depthwise(maps, weights, addend, sliding, rows.lowerBound, rows.count, results)
            }
        }
    }

    func depthwiseInputGradient(_ upstream: Tensor, weight: Tensor, window: SlidingWindow, into gradient: Tensor) {
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
                ck_depthwise_weight_gradient(
                    maps, from, sliding, range.lowerBound, range.count, sum,
                    biasGradient == nil ? nil : sum + taps * channels)
            }
        }
        let total = Tensor(uninitialized: [(taps + 1) * channels])
        sum(partial, outer: 1, length: chunks, inner: total.count, into: total)
        copy(total.view(from: 0, shape: weightGradient.shape), to: weightGradient)
        if let biasGradient { copy(total.view(from: taps * channels, shape: [channels]), to: biasGradient) }
    }

    /// Runs `body` over the rows of `[B, H, W, C]`, counted over the batch.
    func parallelRows(of maps: Tensor, _ body: (Range<Int>) -> Void) {
        threads.parallelFor(maps.shape[0] * maps.shape[1], grain: rowGrain(of: maps), body)
    }

    private func rowGrain(of maps: Tensor) -> Int {
        max(1, Self.elementwiseGrain / max(1, maps.shape[2] * maps.shape[3]))
    }
}
