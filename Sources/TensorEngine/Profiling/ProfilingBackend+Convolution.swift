extension ProfilingBackend: ConvolutionKernels {
    package func convolution(
        _ input: Tensor, weight: Tensor, bias: Tensor?, window: SlidingWindow, groups: Int, into output: Tensor
    ) {
        timed(
            window.name("convolution", groups), reads: [input, weight] + (bias.map { [$0] } ?? []), writes: [output],
            flops: Self.flops(output, weight), isProduct: true
        ) {
            base.convolution(input, weight: weight, bias: bias, window: window, groups: groups, into: output)
        }
    }

    package func convolutionInputGradient(
        _ upstream: Tensor, weight: Tensor, window: SlidingWindow, groups: Int, into gradient: Tensor
    ) {
        timed(
            window.name("convolution input gradient", groups), reads: [upstream, weight], writes: [gradient],
            flops: Self.flops(upstream, weight), isProduct: true
        ) {
            base.convolutionInputGradient(upstream, weight: weight, window: window, groups: groups, into: gradient)
        }
    }

    package func convolutionWeightGradient(
        _ upstream: Tensor, input: Tensor, window: SlidingWindow, groups: Int, into gradient: Tensor
    ) {
        timed(
            window.name("convolution weight gradient", groups), reads: [upstream, input], writes: [gradient],
            flops: Self.flops(upstream, gradient), isProduct: true
        ) {
            base.convolutionWeightGradient(upstream, input: input, window: window, groups: groups, into: gradient)
        }
    }

    package func depthwiseConvolution(
        _ input: Tensor, weight: Tensor, bias: Tensor?, window: SlidingWindow, into output: Tensor
    ) {
        timed(
            window.name("depthwise"), reads: [input, weight] + (bias.map { [$0] } ?? []), writes: [output],
            flops: 2 * window.taps * output.count
        ) {
            base.depthwiseConvolution(input, weight: weight, bias: bias, window: window, into: output)
        }
    }

    package func depthwiseInputGradient(
        _ upstream: Tensor, weight: Tensor, window: SlidingWindow, into gradient: Tensor
    ) {
        timed(
            window.name("depthwise input gradient"), reads: [upstream, weight], writes: [gradient],
            flops: 2 * window.taps * upstream.count
        ) {
            base.depthwiseInputGradient(upstream, weight: weight, window: window, into: gradient)
        }
    }

    package func depthwiseParameterGradients(
        _ upstream: Tensor, input: Tensor, window: SlidingWindow, weightGradient: Tensor, biasGradient: Tensor?
    ) {
        timed(
            window.name("depthwise weight gradient"), reads: [upstream, input],
            writes: [weightGradient] + (biasGradient.map { [$0] } ?? []), flops: 2 * window.taps * upstream.count
        ) {
            base.depthwiseParameterGradients(
                upstream, input: input, window: window, weightGradient: weightGradient, biasGradient: biasGradient)
        }
    }

    /// Every output element meets a filter's elements, padding included.
    private static func flops(_ output: Tensor, _ weight: Tensor) -> Int {
        2 * output.count * weight.shape.dropFirst().reduce(1, *)
    }
}

extension SlidingWindow {
    /// An operation with its kernel and stride, and what else is not 1: `convolution 3x3 s2 d6`.
    fileprivate func name(_ operation: String, _ groups: Int = 1) -> String {
        let (v, h) = (vertical, horizontal)
        return "\(operation) \(v.kernel)x\(h.kernel) s\(v.stride)"
            + (v.dilation == 1 ? "" : " d\(v.dilation)") + (groups == 1 ? "" : " g\(groups)")
    }
}
