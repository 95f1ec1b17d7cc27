package import DeviceSeam

extension CPUBackend {
    /// Channels from which a product per tap beats one product over laid-out patches.
    private static let shiftedChannels = 32

    package func convolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, groups: Int,
        into output: FloatArray
    ) {
        guard output.count > 0 else { return }
        if let winograd = winograd(window, groups: groups, inputs: input.shape[3], outputs: weight.shape[0]) {
            return winograd.run(input, weight: weight, reversed: false, bias: bias, into: output)
        }
        let (groupInputs, groupOutputs) = (weight.shape[3], weight.shape[0] / groups)
        guard window.isDense, groupInputs >= Self.shiftedChannels else {
            return PatchConvolution(
                window: window, groups: groups, inputChannels: input.shape[3], outputChannels: weight.shape[0]
            ).run(input, weight: weight, bias: bias, into: output, on: self)
        }
        for group in 0..<groups {
            ShiftedConvolution(
                source: input.floats + group * groupInputs, sourceChannels: input.shape[3], inner: groupInputs,
                output: output.floats + group * groupOutputs, outputChannels: output.shape[3], columns: groupOutputs,
                bias: bias.map { UnsafePointer($0.floats + group * groupOutputs) },
                weights: HostMatrix(
                    first: weight.floats + group * groupOutputs * window.taps * groupInputs,
                    rowStride: window.taps * groupInputs, isTransposed: true),
                tapStride: groupInputs, window: window, paddingTop: window.vertical.padding,
                paddingLeft: window.horizontal.padding
            ).run(on: self)
        }
    }

    package func convolutionInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, groups: Int, into gradient: FloatArray
    ) {
        guard gradient.count > 0 else { return }
        let (groupInputs, groupOutputs) = (weight.shape[3], weight.shape[0] / groups)
        guard let reversed = window.reversed, groupOutputs >= Self.shiftedChannels else {
            return PatchConvolution(
                window: window, groups: groups, inputChannels: gradient.shape[3], outputChannels: weight.shape[0]
            ).runInputGradient(upstream, weight: weight, into: gradient, on: self)
        }
        if let winograd = winograd(reversed, groups: groups, inputs: weight.shape[0], outputs: gradient.shape[3]) {
            return winograd.run(upstream, weight: weight, reversed: true, bias: nil, into: gradient)
        }
        let patchSize = window.taps * groupInputs
        for group in 0..<groups {
            ShiftedConvolution(
                source: upstream.floats + group * groupOutputs, sourceChannels: upstream.shape[3], inner: groupOutputs,
                output: gradient.floats + group * groupInputs, outputChannels: gradient.shape[3], columns: groupInputs,
                bias: nil,
                weights: HostMatrix(
                    first: weight.floats + group * groupOutputs * patchSize + (window.taps - 1) * groupInputs,
                    rowStride: patchSize),
                tapStride: -groupInputs, window: reversed, paddingTop: reversed.vertical.padding,
                paddingLeft: reversed.horizontal.padding
            ).run(on: self)
        }
    }

    package func convolutionParameterGradients(
        _ upstream: FloatArray, input: FloatArray?, window: SlidingWindow, groups: Int, weight: GradientSum?,
        bias: GradientSum?
    ) {
        if let weight, let input {
            addWeightGradient(upstream, input: input, window: window, groups: groups, to: weight)
        }
        if let bias {
            let channels = bias.array.count
            sumRows(upstream, rows: upstream.count / max(1, channels), columns: channels, into: bias)
        }
    }

    private func addWeightGradient(
        _ upstream: FloatArray, input: FloatArray, window: SlidingWindow, groups: Int, to gradient: GradientSum
    ) {
        let (inputs, outputs) = (input.shape[3], gradient.array.shape[0])
        if let winograd = winograd(window, groups: groups, inputs: inputs, outputs: outputs), window.batch > 0 {
            return winograd.runWeightGradient(upstream, input: input, into: gradient)
        }
        ConvolutionWeightGradient(
            patches: PatchConvolution(
                window: window, groups: groups, inputChannels: inputs, outputChannels: outputs),
            isShifted: window.isDense && gradient.array.shape[3] >= Self.shiftedChannels,
            input: input, upstream: upstream, gradient: gradient.array, adds: gradient.adds
        ).run(on: self)
    }

    private func winograd(
        _ window: SlidingWindow, groups: Int, inputs: Int, outputs: Int
    ) -> WinogradConvolution? {
        guard WinogradConvolution.suits(window, groups: groups, inputChannels: inputs, outputChannels: outputs)
        else { return nil }
        return WinogradConvolution(
            window: window, inputChannels: inputs, outputChannels: outputs, backend: self)
    }
}

extension SlidingWindow {
    /// Whether the window stops at every pixel.
    var isDense: Bool { vertical.stride == 1 && horizontal.stride == 1 }

    /// The window over the outputs whose convolution with the reversed weights is the input gradient; `nil` where that
    /// is not a dense convolution with zero borders.
    var reversed: SlidingWindow? {
        guard isDense, vertical.padding <= vertical.reach, horizontal.padding <= horizontal.reach else { return nil }
        return SlidingWindow(batch: batch, vertical: vertical.reversed, horizontal: horizontal.reversed)
    }
}

extension SlidingWindow.Axis {
    fileprivate var reversed: SlidingWindow.Axis {
        SlidingWindow.Axis(
            inputSize: outputSize, kernel: kernel, stride: 1, padding: reach - padding, dilation: dilation)
    }
}
