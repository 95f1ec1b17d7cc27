internal import DeviceSeam

extension Tensor {
    /// One window per channel; `weight` is `[C, kh, kw, 1]`.
    func depthwiseConvolution(weight: Tensor, bias: Tensor?, window: SlidingWindow) -> Tensor {
        let (input, filters, offset) = (Kept(self, uses: 2), weight.detached(), bias?.detached())
        let remake = { input.take().depthwise(filters, bias: offset, window: window) }
        let output = depthwise(filters, bias: offset, window: window)
        return output.recorded(from: [self, weight] + (bias.map { [$0] } ?? []), remadeBy: remake) { upstream, needs in
            let input = input.take()
            let ofWeight = needs.place(1, shape: filters.shape)
            let ofBias = needs.place(2, shape: [filters.shape[0]])
            let ofInput = needs[0] ? upstream.depthwiseInputGradient(filters, window: window, shape: input.shape) : nil
            if ofWeight != nil || ofBias != nil {
                Engine.run(
                    .call(
                        window.name("depthwise weight gradient"), reads: [upstream, input], writes: [filters],
                        flops: 2 * window.taps * upstream.count)
                ) {
                    $0.depthwiseParameterGradients(
                        upstream.array, input: input.array, window: window, weight: ofWeight?.sum, bias: ofBias?.sum)
                }
            }
            return [ofInput, ofWeight?.result] + (needs.count == 3 ? [ofBias?.result] : [])
        }
    }

    private func depthwise(_ weight: Tensor, bias: Tensor?, window: SlidingWindow) -> Tensor {
        let output = Tensor(uninitialized: window.outputShape(channels: shape[3]))
        Engine.run(
            .call(
                window.name("depthwise"), reads: [self, weight] + (bias.map { [$0] } ?? []), writes: [output],
                flops: 2 * window.taps * output.count)
        ) {
            $0.depthwiseConvolution(
                array, weight: weight.array, bias: bias?.array, window: window, into: output.array)
        }
        return output
    }

    /// Of an upstream gradient.
    private func depthwiseInputGradient(_ weight: Tensor, window: SlidingWindow, shape: [Int]) -> Tensor {
        let gradient = Tensor(uninitialized: shape)
        Engine.run(
            .call(
                window.name("depthwise input gradient"), reads: [self, weight], writes: [gradient],
                flops: 2 * window.taps * count)
        ) {
            $0.depthwiseInputGradient(array, weight: weight.array, window: window, into: gradient.array)
        }
        return gradient
    }
}
