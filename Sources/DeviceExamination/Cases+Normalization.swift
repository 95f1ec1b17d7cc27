internal import DeviceSeam

extension KernelCases {
    static func norms(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [[1, 3], [7, 33]], small: [[130, 320]], network: [[16_384, 64], [1024, 320], [256, 512]])
            .map { layerNorm($0[0], $0[1]) }
            + extent.pick(odd: [[1, 3, 1, 5]], small: [[3, 7, 9, 21]], network: [[1, 128, 128, 256]])
            .flatMap { shape in [true, false].map { batchNorm(shape, relu: $0) } }
            + extent.pick(
                odd: [([1, 3, 5, 3], 3)], small: [([2, 5, 6, 24], 4)], network: [([1, 128, 128, 256], 32)]
            ).flatMap { (shape, groups) in [true, false].map { groupNorm(shape, groups: groups, relu: $0) } }
    }

    private static func layerNorm(_ rows: Int, _ channels: Int) -> KernelCase {
        KernelCase("layer norm", [rows, channels].sizeText) { side in
            let input = side.random([rows, channels], seed: 1, scale: 3, shift: 1)
            let (weight, bias) = (side.random([channels], seed: 2, shift: 1), side.random([channels], seed: 3))
            let upstream = side.random([rows, channels], seed: 4)
            let (output, statistics) = (side.floats([rows, channels]), side.floats([rows, 2]))
            let (ofInput, ofWeight, ofBias) = (
                side.floats([rows, channels]), side.sum([channels], seed: 5), side.sum([channels], seed: 6)
            )
            return [
                KernelCall("layerNorm", reads: [input], writes: ["output": output], within: .values(5e-6)) {
                    side.backend.layerNorm(
                        input, weight: weight, bias: bias, epsilon: 1e-3, into: output, statistics: statistics)
                },
                KernelCall(
                    "layerNormGradients", reads: [upstream, input],
                    writes: ["input": ofInput, "weight": ofWeight.array, "bias": ofBias.array],
                    within: .values(max(5e-6, 1.5e-7 * Double(rows).squareRoot()))
                ) {
                    side.backend.layerNormGradients(
                        upstream, input: input, statistics: statistics, weight: weight, inputGradient: ofInput,
                        weightGradient: ofWeight, biasGradient: ofBias)
                },
            ]
        }
    }

    private static func batchNorm(_ shape: [Int], relu: Bool) -> KernelCase {
        KernelCase("batch norm", shape.sizeText + (relu ? " with ReLU" : "")) { side in
            let channels = shape[3]
            let count = Double(shape.product / channels)
            let (input, upstream) = (side.random(shape, seed: 1, scale: 2, shift: 0.5), side.random(shape, seed: 2))
            let sums = side.empty(Double.self, [2 * channels])
            let gradientSums = side.empty(Double.self, [2 * channels])
            let (mean, variance, inverse) = (
                side.floats([channels]), side.floats([channels]), side.floats([channels])
            )
            let again = side.floats([channels])
            let state = BatchNormState(
                mean: mean, inverseDeviation: inverse, weight: side.random([channels], seed: 3, shift: 1),
                bias: side.random([channels], seed: 4), hasReLU: relu)
            let (output, gradient, running) = (side.floats(shape), side.floats(shape), side.floats(shape))
            let (weight, bias) = (side.sum([channels], seed: 5), side.sum([channels], seed: 6))
            let (backend, near) = (side.backend, KernelCall.Comparison.values(5e-6))
            return [
                KernelCall(
                    "channelSums", reads: [input], writes: [:], within: near,
                    results: { ["sums": side.asFloats(sums)] }
                ) { backend.channelSums(input, into: sums) },
                KernelCall(
                    "batchMoments", writes: ["mean": mean, "variance": variance, "inverse": inverse], within: near
                ) {
                    backend.batchMoments(
                        sums, count: count, epsilon: 1e-5, mean: mean, variance: variance, inverseDeviation: inverse)
                },
                KernelCall("inverseDeviation", reads: [variance], writes: ["inverse": again], within: near) {
                    backend.inverseDeviation(variance, epsilon: 1e-5, into: again)
                },
                KernelCall("batchNorm", reads: [input], writes: ["output": output], within: near) {
                    backend.batchNorm(input, state, into: output)
                },
                KernelCall(
                    "batchNormGradientSums", reads: [upstream, input], writes: [:], within: near,
                    results: { ["sums": side.asFloats(gradientSums)] }
                ) { backend.batchNormGradientSums(upstream, input: input, state, into: gradientSums) },
                KernelCall(
                    "batchNormInputGradient", reads: [upstream, input], writes: ["gradient": gradient], within: near
                ) {
                    backend.batchNormInputGradient(
                        upstream, input: input, state, sums: gradientSums, count: count, into: gradient)
                },
                KernelCall(
                    "batchNormInputGradient running", reads: [upstream, input], writes: ["gradient": running],
                    within: near
                ) {
                    backend.batchNormInputGradient(upstream, input: input, state, sums: nil, count: 1, into: running)
                },
                KernelCall(
                    "batchNormParameterGradients", writes: ["weight": weight.array, "bias": bias.array], within: near
                ) { backend.batchNormParameterGradients(gradientSums, weight: weight, bias: bias) },
            ]
        }
    }

    private static func groupNorm(_ shape: [Int], groups: Int, relu: Bool) -> KernelCase {
        KernelCase("group norm", shape.sizeText + (relu ? " with ReLU" : "")) { side in
            let channels = shape[3]
            let (input, upstream) = (side.random(shape, seed: 1, shift: 0.3), side.random(shape, seed: 2))
            let operands = GroupNormOperands(
                groups: groups, weight: side.random([channels], seed: 3, shift: 1),
                bias: side.random([channels], seed: 4), epsilon: 1e-5, hasReLU: relu)
            let (output, ofInput) = (side.floats(shape), side.floats(shape))
            let statistics = side.floats([shape[0], 2, channels])
            let (weight, bias) = (side.sum([channels], seed: 5), side.sum([channels], seed: 6))
            return [
                KernelCall("groupNorm", reads: [input], writes: ["output": output], within: .values(5e-6)) {
                    side.backend.groupNorm(input, operands, into: output, statistics: statistics)
                },
                KernelCall(
                    "groupNormGradients", reads: [upstream, input],
                    writes: ["input": ofInput, "weight": weight.array, "bias": bias.array],
                    within: .values(max(5e-6, 1.5e-7 * Double(shape[1] * shape[2]).squareRoot()))
                ) {
                    side.backend.groupNormGradients(
                        upstream, input: input, statistics: statistics, operands, inputGradient: ofInput,
                        weightGradient: weight, biasGradient: bias)
                },
            ]
        }
    }
}
