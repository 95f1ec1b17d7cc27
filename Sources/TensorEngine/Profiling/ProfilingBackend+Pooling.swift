extension ProfilingBackend: PoolingKernels {
    package func maxPool(_ input: Tensor, window: SlidingWindow, into output: Tensor, winners: DeviceMemory) {
        timed("max pool", reads: [input], writes: [output], otherBytes: Self.winnerBytes * output.count) {
            base.maxPool(input, window: window, into: output, winners: winners)
        }
    }

    package func maxPoolGradient(
        _ upstream: Tensor, winners: DeviceMemory, window: SlidingWindow, into gradient: Tensor
    ) {
        timed(
            "max pool gradient", reads: [upstream], writes: [gradient], otherBytes: Self.winnerBytes * upstream.count
        ) {
            base.maxPoolGradient(upstream, winners: winners, window: window, into: gradient)
        }
    }

    package func averagePool(_ input: Tensor, windows: AveragingWindows, into output: Tensor) {
        timed("average pool", reads: [input], writes: [output]) {
            base.averagePool(input, windows: windows, into: output)
        }
    }

    package func averagePoolGradient(_ upstream: Tensor, windows: AveragingWindows, into gradient: Tensor) {
        timed("average pool gradient", reads: [upstream], writes: [gradient]) {
            base.averagePoolGradient(upstream, windows: windows, into: gradient)
        }
    }

    /// For each output, see `PoolingKernels`.
    private static var winnerBytes: Int { 2 }
}
