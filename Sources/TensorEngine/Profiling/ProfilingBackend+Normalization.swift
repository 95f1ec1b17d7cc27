extension ProfilingBackend: NormalizationKernels {
    package func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into output: Tensor, statistics: Tensor
    ) {
        timed("layer norm", reads: [input, weight, bias], writes: [output, statistics]) {
            base.layerNorm(
                input, weight: weight, bias: bias, epsilon: epsilon, into: output, statistics: statistics)
        }
    }

    package func layerNormInputGradient(
        _ upstream: Tensor, input: Tensor, statistics: Tensor, weight: Tensor, into gradient: Tensor
    ) {
        timed("layer norm input gradient", reads: [upstream, input, statistics, weight], writes: [gradient]) {
            base.layerNormInputGradient(
                upstream, input: input, statistics: statistics, weight: weight, into: gradient)
        }
    }

    package func layerNormParameterGradients(
        _ upstream: Tensor, input: Tensor, statistics: Tensor, weightGradient: Tensor, biasGradient: Tensor
    ) {
        timed(
            "layer norm weight gradient", reads: [upstream, input, statistics], writes: [weightGradient, biasGradient]
        ) {
            base.layerNormParameterGradients(
                upstream, input: input, statistics: statistics, weightGradient: weightGradient,
                biasGradient: biasGradient)
        }
    }

    package func channelSums(_ input: Tensor) -> [Double] {
        timed("batch norm sums", reads: [input], writes: []) { base.channelSums(input) }
    }

    package func batchNorm(_ input: Tensor, _ state: BatchNormState, into output: Tensor) {
        timed("batch norm", reads: [input], writes: [output]) { base.batchNorm(input, state, into: output) }
    }

    package func batchNormGradientSums(_ upstream: Tensor, input: Tensor, _ state: BatchNormState) -> [Double] {
        timed("batch norm gradient sums", reads: [upstream, input], writes: []) {
            base.batchNormGradientSums(upstream, input: input, state)
        }
    }

    package func batchNormInputGradient(
        _ upstream: Tensor, input: Tensor, _ state: BatchNormState, upstreamMean: Tensor, productMean: Tensor,
        into gradient: Tensor
    ) {
        timed("batch norm input gradient", reads: [upstream, input], writes: [gradient]) {
            base.batchNormInputGradient(
                upstream, input: input, state, upstreamMean: upstreamMean, productMean: productMean, into: gradient)
        }
    }
}
