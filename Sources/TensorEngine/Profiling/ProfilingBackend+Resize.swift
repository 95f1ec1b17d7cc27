extension ProfilingBackend: ResizeKernels {
    package func resize(_ input: Tensor, mode: ResizeMode, into output: Tensor) {
        timed("resize", reads: [input], writes: [output]) { base.resize(input, mode: mode, into: output) }
    }

    package func resizeGradient(_ upstream: Tensor, mode: ResizeMode, into gradient: Tensor) {
        timed("resize gradient", reads: [upstream], writes: [gradient]) {
            base.resizeGradient(upstream, mode: mode, into: gradient)
        }
    }
}
