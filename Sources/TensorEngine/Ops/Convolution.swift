internal import DeviceSeam

extension Tensor {
    /// Convolution (cross-correlation, as all frameworks of the field define it) over `[B, H, W, I]`.
    ///
    /// `output[b, y, x, o] = bias[o] + sum over i, j, c of
    /// input[b, y stride + i dilation - padding, x stride + j dilation - padding, c] * weight[o, i, j, c]`,
    /// with zeros outside the map; output lengths are `floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1`.
    ///
    /// - Parameters:
    ///   - weight: `[O, kh, kw, I / groups]`.
    ///   - bias: `[O]`.
    ///   - groups: channels are cut into as many groups, and output group `g` reads input group `g` only. With
    ///     `groups == I == O` this is depthwise convolution.
    /// - Returns: `[B, H', W', O]`.
    /// - Precondition: the shapes fit, `groups` divides `I` and `O`, and the window fits the padded map.
    public func convolution(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) -> Tensor {
        precondition(rank == 4, "convolution: input must be [B, H, W, C], got \(shape)")
        precondition(
            weight.rank == 4 && groups >= 1 && weight.shape[3] * groups == shape[3]
                && weight.shape[0].isMultiple(of: groups),
            "convolution: weight \(weight.shape) does not fit input \(shape) in \(groups) groups; "
                + "it must be [O, kh, kw, I / groups]")
        precondition(
            bias == nil || bias?.shape == [weight.shape[0]],
            "convolution: bias must be [\(weight.shape[0])], got \(bias?.shape ?? [])")
        let window = SlidingWindow(
            over: shape, kernel: (weight.shape[1], weight.shape[2]), stride: stride, padding: padding,
            dilation: dilation, for: "convolution")
        if groups > 1, groups == shape[3], groups == weight.shape[0] {
            return depthwiseConvolution(weight: weight, bias: bias, window: window)
        }
        if window.taps == 1, stride == 1, padding == 0, groups == 1 {
            return projected(weight: weight, bias: bias)
        }
        return denseConvolution(weight: weight, bias: bias, window: window, groups: groups)
    }

    private func denseConvolution(weight: Tensor, bias: Tensor?, window: SlidingWindow, groups: Int) -> Tensor {
        let output = Tensor(uninitialized: window.outputShape(channels: weight.shape[0]))
        Engine.run(
            .call(
                window.name("convolution", groups), reads: [self, weight] + (bias.map { [$0] } ?? []),
                writes: [output], flops: Self.convolutionFlops(output, weight), isProduct: true)
        ) {
            $0.convolution(
                array, weight: weight.array, bias: bias?.array, window: window, groups: groups, into: output.array)
        }
        let input = Kept(self)
        return output.recorded(from: [self, weight] + (bias.map { [$0] } ?? [])) { upstream, needs in
            // The parameters first: what is kept of the input may go before the gradient of the input comes.
            let ofWeight = needs.place(1, shape: weight.shape)
            let ofBias = needs.place(2, shape: [weight.shape[0]])
            if ofWeight != nil || ofBias != nil {
                let kept = ofWeight.map { _ in input.take() }
                upstream.addConvolutionGradients(
                    input: kept, weight, window: window, groups: groups, to: (ofWeight?.sum, ofBias?.sum))
            }
            let ofInput = needs[0]
                ? upstream.convolutionInputGradient(weight, window: window, groups: groups, shape: input.shape) : nil
            return [ofInput, ofWeight?.result] + (needs.count == 3 ? [ofBias?.result] : [])
        }
    }

    /// Of an upstream gradient.
    private func convolutionInputGradient(_ weight: Tensor, window: SlidingWindow, groups: Int, shape: [Int]) -> Tensor
    {
        let gradient = Tensor(uninitialized: shape)
        Engine.run(
            .call(
                window.name("convolution input gradient", groups), reads: [self, weight], writes: [gradient],
                flops: Self.convolutionFlops(self, weight), isProduct: true)
        ) {
            $0.convolutionInputGradient(
                array, weight: weight.array, window: window, groups: groups, into: gradient.array)
        }
        return gradient
    }

    private func addConvolutionGradients(
        input: Tensor?, _ weight: Tensor, window: SlidingWindow, groups: Int,
        to places: (weight: GradientSum?, bias: GradientSum?)
    ) {
        Engine.run(
            .call(
                window.name("convolution weight gradient", groups), reads: [self] + (input.map { [$0] } ?? []),
                writes: [weight], flops: input == nil ? 0 : Self.convolutionFlops(self, weight), isProduct: true)
        ) {
            $0.convolutionParameterGradients(
                array, input: input?.array, window: window, groups: groups, weight: places.weight, bias: places.bias)
        }
    }

    /// Of the direct algorithm: every output element meets a filter's elements, padding included.
    private static func convolutionFlops(_ output: Tensor, _ weight: Tensor) -> Int {
        2 * output.count * weight.shape.dropFirst().reduce(1, *)
    }
}

extension SlidingWindow {
    /// `[B, H', W', channels]`
    func outputShape(channels: Int) -> [Int] { [batch, vertical.outputSize, horizontal.outputSize, channels] }

    /// An operation with its kernel and stride, and what else is not 1: `convolution 3x3 s2 d6`.
    func name(_ operation: String, _ groups: Int = 1) -> String {
        "\(operation) \(vertical.kernel)x\(horizontal.kernel) s\(vertical.stride)"
            + (vertical.dilation == 1 ? "" : " d\(vertical.dilation)") + (groups == 1 ? "" : " g\(groups)")
    }
}
