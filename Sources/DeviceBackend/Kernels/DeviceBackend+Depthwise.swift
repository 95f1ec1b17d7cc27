package import DeviceSeam

extension DeviceBackend {
    package func depthwiseConvolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, into output: FloatArray
    ) {
        context.launch(
            "depthwise", each: output.count,
            [input, weight, bias, output, window.packed, input.shape[3], output.count])
    }

    package func depthwiseInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, into gradient: FloatArray
    ) {
        context.launch(
            "depthwise_input_gradient", each: gradient.count,
            [upstream, weight, gradient, window.packed, gradient.shape[3], gradient.count])
    }

    package func depthwiseParameterGradients(
        _ upstream: FloatArray, input: FloatArray, window: SlidingWindow, weight: GradientSum?, bias: GradientSum?
    ) {
        let (channels, blocks) = (input.shape[3], Self.blocks(of: window.outputPixels, most: 256))
        let width = channels * (window.taps + 1)
        let partial = doubles([blocks, width])
        context.launch(
            "depthwise_parameter_sums", each: blocks * width,
            [input, upstream, partial, window.packed, channels, blocks])
        if let weight { fold(partial, blocks: blocks, inner: channels * window.taps, stride: width, into: weight) }
        if let bias {
            fold(partial, start: channels * window.taps, blocks: blocks, inner: channels, stride: width, into: bias)
        }
    }
}
