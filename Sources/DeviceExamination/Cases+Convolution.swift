package import DeviceSeam

/// A convolution and the window of its kernel.
package struct ConvolutionCase: Sendable {
    package var input: [Int]
    package var outputs: Int
    package var kernel: Int
    package var stride: Int
    package var padding: Int
    package var dilation: Int
    package var groups: Int

    package init(
        _ input: [Int], to outputs: Int, kernel: Int = 3, stride: Int = 1, padding: Int = 1, dilation: Int = 1,
        groups: Int = 1
    ) {
        (self.input, self.outputs, self.kernel, self.stride) = (input, outputs, kernel, stride)
        (self.padding, self.dilation, self.groups) = (padding, dilation, groups)
    }

    package var window: SlidingWindow {
        SlidingWindow(
            over: input, kernel: (kernel, kernel), stride: stride, padding: padding, dilation: dilation,
            for: "examination")
    }

    var output: [Int] { [input[0], window.vertical.outputSize, window.horizontal.outputSize, outputs] }
    var text: String {
        var text = "\(input.sizeText) to \(outputs), \(kernel)x\(kernel)"
        if stride > 1 { text += " s\(stride)" }
        if dilation > 1 { text += " d\(dilation)" }
        if groups > 1 { text += " g\(groups)" }
        return text
    }
}

extension KernelCases {
    static func convolutions(_ extent: Extent) -> [KernelCase] {
        extent.pick(
            odd: [
                ConvolutionCase([2, 9, 7, 5], to: 6),
                ConvolutionCase([2, 5, 6, 4], to: 4, kernel: 1, stride: 2, padding: 0, groups: 2),
                ConvolutionCase([1, 1, 1, 1], to: 1, kernel: 1, padding: 0),
            ],
            small: [
                ConvolutionCase([2, 11, 13, 3], to: 8, kernel: 7, stride: 4, padding: 3),
                ConvolutionCase([1, 8, 8, 6], to: 5, kernel: 2, stride: 2, padding: 0),
                ConvolutionCase([1, 10, 9, 4], to: 6, padding: 2, dilation: 2, groups: 2),
                ConvolutionCase([1, 16, 16, 32], to: 24), ConvolutionCase([1, 8, 8, 4], to: 3, kernel: 1, padding: 0),
            ],
            network: [
                ConvolutionCase([1, 512, 512, 3], to: 64, kernel: 7, stride: 4, padding: 3),
                ConvolutionCase([1, 128, 128, 64], to: 128, stride: 2),
                ConvolutionCase([1, 128, 128, 64], to: 64, kernel: 8, stride: 8, padding: 0),
                ConvolutionCase([1, 512, 512, 3], to: 96, kernel: 4, stride: 4, padding: 0),
                ConvolutionCase([1, 128, 128, 1024], to: 256),
            ]
        ).map(convolution)
    }

    private static func convolution(_ example: ConvolutionCase) -> KernelCase {
        KernelCase("convolution", example.text) { side in
            let (window, backend, groups) = (example.window, side.backend, example.groups)
            let weightShape = [example.outputs, example.kernel, example.kernel, example.input[3] / groups]
            let (input, weight) = (side.random(example.input, seed: 1), side.random(weightShape, seed: 2))
            let (output, upstream) = (side.floats(example.output), side.random(example.output, seed: 3))
            let (bias, ofInput) = (side.random([example.outputs], seed: 4), side.floats(example.input))
            let (ofWeight, ofBias) = (side.sum(weightShape, seed: 5), side.sum([example.outputs], seed: 6))
            let inner = weightShape[1...].reduce(1, *)
            let flops = 2 * example.output.product * inner
            return [
                KernelCall(
                    "convolution", reads: [input, weight], writes: ["output": output], flops: flops,
                    within: .sums(of: inner)
                ) {
                    backend.convolution(
                        input, weight: weight, bias: bias, window: window, groups: groups, into: output)
                },
                KernelCall(
                    "convolutionInputGradient", reads: [upstream, weight], writes: ["input": ofInput], flops: flops,
                    within: .sums(of: example.outputs * example.kernel * example.kernel / groups)
                ) {
                    backend.convolutionInputGradient(
                        upstream, weight: weight, window: window, groups: groups, into: ofInput)
                },
                KernelCall(
                    "convolutionParameterGradients", reads: [upstream, input],
                    writes: ["weight": ofWeight.array, "bias": ofBias.array], flops: flops,
                    within: .sums(of: example.output[..<3].reduce(1, *))
                ) {
                    backend.convolutionParameterGradients(
                        upstream, input: input, window: window, groups: groups, weight: ofWeight, bias: ofBias)
                },
            ]
        }
    }

    static func depthwise(_ extent: Extent) -> [KernelCase] {
        extent.pick(
            odd: [ConvolutionCase([1, 3, 2, 1], to: 1), ConvolutionCase([1, 9, 8, 5], to: 5, stride: 2)],
            small: [
                ConvolutionCase([2, 9, 7, 21], to: 21), ConvolutionCase([1, 12, 11, 8], to: 8, padding: 6, dilation: 6),
            ],
            network: [
                ConvolutionCase([1, 128, 128, 256], to: 256),
                ConvolutionCase([1, 128, 128, 1024], to: 1024, padding: 6, dilation: 6),
            ]
        ).map { example in
            KernelCase("depthwise", example.text) { side in
                let (window, channels, backend) = (example.window, example.outputs, side.backend)
                let (input, weight) = (side.random(example.input, seed: 1), side.random([channels, 3, 3, 1], seed: 2))
                let (output, upstream) = (side.floats(example.output), side.random(example.output, seed: 3))
                let (bias, ofInput) = (side.random([channels], seed: 4), side.floats(example.input))
                let (ofWeight, ofBias) = (side.sum([channels, 3, 3, 1], seed: 5), side.sum([channels], seed: 6))
                let flops = 18 * example.output.product
                return [
                    KernelCall(
                        "depthwiseConvolution", reads: [input], writes: ["output": output], flops: flops
                    ) {
                        backend.depthwiseConvolution(input, weight: weight, bias: bias, window: window, into: output)
                    },
                    KernelCall(
                        "depthwiseInputGradient", reads: [upstream], writes: ["input": ofInput], flops: flops
                    ) { backend.depthwiseInputGradient(upstream, weight: weight, window: window, into: ofInput) },
                    KernelCall(
                        "depthwiseParameterGradients", reads: [upstream, input],
                        writes: ["weight": ofWeight.array, "bias": ofBias.array], flops: flops,
                        within: .values(max(5e-6, 1.5e-7 * Double(example.output[..<3].reduce(1, *)).squareRoot()))
                    ) {
                        backend.depthwiseParameterGradients(
                            upstream, input: input, window: window, weight: ofWeight, bias: ofBias)
                    },
                ]
            }
        }
    }

    static func transposedConvolutions(_ extent: Extent) -> [KernelCase] {
        extent.pick(
            odd: [([1, 1, 1, 1], 1), ([2, 3, 5, 7], 4)], small: [([3, 7, 7, 16], 8)],
            network: [([32, 14, 14, 256], 256)]
        ).map { (shape, outputs) in
            KernelCase("transposed convolution", "\(shape.sizeText) to \(outputs)") { side in
                let large = [shape[0], 2 * shape[1], 2 * shape[2], outputs]
                let weightShape = [shape[3], 2, 2, outputs]
                let (input, weight) = (side.random(shape, seed: 1), side.random(weightShape, seed: 2))
                let (output, upstream) = (side.floats(large), side.random(large, seed: 3))
                let (bias, ofInput) = (side.random([outputs], seed: 4), side.floats(shape))
                let (ofWeight, ofBias) = (side.sum(weightShape, seed: 5), side.sum([outputs], seed: 6))
                let flops = 2 * large.product * shape[3]
                return [
                    KernelCall(
                        "transposedConvolution", reads: [input, weight], writes: ["output": output], flops: flops,
                        within: .sums(of: shape[3])
                    ) { side.backend.transposedConvolution(input, weight: weight, bias: bias, into: output) },
                    KernelCall(
                        "transposedConvolutionGradients", reads: [upstream, input, weight],
                        writes: ["input": ofInput, "weight": ofWeight.array, "bias": ofBias.array], flops: 2 * flops,
                        within: .sums(of: max(4 * outputs, large[..<3].reduce(1, *)))
                    ) {
                        side.backend.transposedConvolutionGradients(
                            upstream, input: input, weight: weight, inputGradient: ofInput, weightGradient: ofWeight,
                            biasGradient: ofBias)
                    },
                ]
            }
        }
    }
}
