package import DeviceSeam

extension DeviceBackend {
    package func maxPool(_ input: FloatArray, window: SlidingWindow, into output: FloatArray, winners: DeviceMemory) {
        context.launch(
            "max_pool", each: output.count, [input, output, winners, window.packed, input.shape[3], output.count])
    }

    package func maxPoolGradient(
        _ upstream: FloatArray, winners: DeviceMemory, window: SlidingWindow, into gradient: FloatArray
    ) {
        context.launch(
            "max_pool_gradient", each: gradient.count,
            [upstream, winners, gradient, window.packed, gradient.shape[3], gradient.count])
    }

    package func averagePool(_ input: FloatArray, windows: AveragingWindows, into output: FloatArray) {
        run("average_pool", windows, input: input.shape, output.count, input, output)
    }

    package func averagePoolGradient(_ upstream: FloatArray, windows: AveragingWindows, into gradient: FloatArray) {
        run("average_pool_gradient", windows, input: gradient.shape, gradient.count, upstream, gradient)
    }

    private func run(
        _ kernel: String, _ windows: AveragingWindows, input: [Int], _ count: Int, _ from: FloatArray, _ to: FloatArray
    ) {
        context.launch(
            kernel, each: count,
            [
                from, uploaded(Self.spans(windows.rows)), uploaded(Self.spans(windows.columns)), to, input[1], input[2],
                windows.rows.count, windows.columns.count, windows.divisor ?? 0, input[3], count,
            ])
    }

    private static func spans(_ ranges: [Range<Int>]) -> [Int32] {
        ranges.flatMap { [Int32($0.lowerBound), Int32($0.upperBound)] }
    }
}

extension SlidingWindow {
    /// As the kernels take it.
    var packed: PackedValue {
        var value = PackedValue()
        for number in [
            batch, vertical.inputSize, horizontal.inputSize, vertical.outputSize, horizontal.outputSize,
            vertical.kernel, horizontal.kernel, vertical.stride, horizontal.stride, vertical.padding,
            horizontal.padding, vertical.dilation, horizontal.dilation,
        ] { value.add(int32: number) }
        return value
    }

    /// Pixels of all outputs.
    var outputPixels: Int { batch * vertical.outputSize * horizontal.outputSize }
}
