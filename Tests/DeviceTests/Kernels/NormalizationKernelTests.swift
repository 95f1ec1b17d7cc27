import DeviceSeam
import Testing

@Suite(.everyKernel) struct `Normalisation on a device` {
    @Test(arguments: [(1, 3), (7, 33), (130, 320)])
    func `layer norm and its gradients equal the CPU's`(rows: Int, channels: Int) throws {
        try TwoBackends.expectSame(tolerance: 5e-6) { side in
            let input = side.random([rows, channels], seed: 1, scale: 3, shift: 1)
            let (weight, bias) = (side.random([channels], seed: 2, shift: 1), side.random([channels], seed: 3))
            let upstream = side.random([rows, channels], seed: 4)
            let (output, statistics) = (side.floats([rows, channels]), side.floats([rows, 2]))
            side.backend.layerNorm(
                input, weight: weight, bias: bias, epsilon: 1e-3, into: output, statistics: statistics)
            let (ofInput, ofWeight, ofBias) = (
                side.floats([rows, channels]), side.sum([channels], seed: 5), side.sum([channels], seed: 6)
            )
            side.backend.layerNormGradients(
                upstream, input: input, statistics: statistics, weight: weight, inputGradient: ofInput,
                weightGradient: ofWeight, biasGradient: ofBias)
            return ["output": output, "input": ofInput, "weight": ofWeight.array, "bias": ofBias.array]
        }
    }

    @Test(arguments: [true, false])
    func `batch norm, its sums and its gradients equal the CPU's`(relu: Bool) throws {
        try TwoBackends.expectSame(tolerance: 5e-6) { side in
            let shape = [3, 7, 9, 21]
            let (input, upstream) = (side.random(shape, seed: 1, scale: 2, shift: 0.5), side.random(shape, seed: 2))
            let sums = side.empty(Double.self, [42])
            let (mean, variance, inverse) = (side.floats([21]), side.floats([21]), side.floats([21]))
            side.backend.channelSums(input, into: sums)
            side.backend.batchMoments(
                sums, count: 189, epsilon: 1e-5, mean: mean, variance: variance, inverseDeviation: inverse)
            let state = BatchNormState(
                mean: mean, inverseDeviation: inverse, weight: side.random([21], seed: 3, shift: 1),
                bias: side.random([21], seed: 4), hasReLU: relu)
            let (output, gradient, running) = (side.floats(shape), side.floats(shape), side.floats(shape))
            side.backend.batchNorm(input, state, into: output)
            let gradientSums = side.empty(Double.self, [42])
            side.backend.batchNormGradientSums(upstream, input: input, state, into: gradientSums)
            side.backend.batchNormInputGradient(
                upstream, input: input, state, sums: gradientSums, count: 189, into: gradient)
            side.backend.batchNormInputGradient(upstream, input: input, state, sums: nil, count: 1, into: running)
            let (weight, bias) = (side.sum([21], seed: 5), side.sum([21], seed: 6))
            side.backend.batchNormParameterGradients(gradientSums, weight: weight, bias: bias)
            return [
                "sums": side.asFloats(sums), "mean": mean, "variance": variance, "output": output,
                "gradient": gradient, "running": running, "weight": weight.array, "bias": bias.array,
            ]
        }
    }

    @Test(arguments: [true, false])
    func `group norm and its gradients equal the CPU's`(relu: Bool) throws {
        try TwoBackends.expectSame(tolerance: 5e-6) { side in
            let shape = [2, 5, 6, 24]
            let (input, upstream) = (side.random(shape, seed: 1, shift: 0.3), side.random(shape, seed: 2))
            let operands = GroupNormOperands(
                groups: 4, weight: side.random([24], seed: 3, shift: 1), bias: side.random([24], seed: 4),
                epsilon: 1e-5, hasReLU: relu)
            let (output, statistics, ofInput) = (side.floats(shape), side.floats([2, 2, 24]), side.floats(shape))
            side.backend.groupNorm(input, operands, into: output, statistics: statistics)
            let (weight, bias) = (side.sum([24], seed: 5), side.sum([24], seed: 6))
            side.backend.groupNormGradients(
                upstream, input: input, statistics: statistics, operands, inputGradient: ofInput,
                weightGradient: weight, biasGradient: bias)
            return ["output": output, "input": ofInput, "weight": weight.array, "bias": bias.array]
        }
    }
}
