extension ProfilingBackend: SoftmaxKernels {
    package func softmax(_ input: Tensor, into output: Tensor) {
        timed("softmax", reads: [input], writes: [output]) { base.softmax(input, into: output) }
    }

    package func softmaxGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        timed("softmax gradient", reads: [upstream, output], writes: [gradient]) {
            base.softmaxGradient(upstream, output: output, into: gradient)
        }
    }

    package func logSoftmax(_ input: Tensor, into output: Tensor) {
        timed("log-softmax", reads: [input], writes: [output]) { base.logSoftmax(input, into: output) }
    }

    package func logSoftmaxGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        timed("log-softmax gradient", reads: [upstream, output], writes: [gradient]) {
            base.logSoftmaxGradient(upstream, output: output, into: gradient)
        }
    }
}
