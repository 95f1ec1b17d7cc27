extension ProfilingBackend: ActivationKernels {
    package func gelu(_ input: Tensor, into output: Tensor) {
        timed("gelu", reads: [input], writes: [output]) { base.gelu(input, into: output) }
    }

    package func geluGradient(_ upstream: Tensor, input: Tensor, into gradient: Tensor) {
        timed("gelu gradient", reads: [upstream, input], writes: [gradient]) {
            base.geluGradient(upstream, input: input, into: gradient)
        }
    }

    package func relu(_ input: Tensor, into output: Tensor) {
        timed("relu", reads: [input], writes: [output]) { base.relu(input, into: output) }
    }

    package func reluGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        timed("relu gradient", reads: [upstream, output], writes: [gradient]) {
            base.reluGradient(upstream, output: output, into: gradient)
        }
    }

    package func sigmoid(_ input: Tensor, into output: Tensor) {
        timed("sigmoid", reads: [input], writes: [output]) { base.sigmoid(input, into: output) }
    }

    package func sigmoidGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        timed("sigmoid gradient", reads: [upstream, output], writes: [gradient]) {
            base.sigmoidGradient(upstream, output: output, into: gradient)
        }
    }
}
