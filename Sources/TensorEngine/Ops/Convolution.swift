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
            return linear(weight: weight.reshaped([weight.shape[0], shape[3]]), bias: bias)
        }
        return denseConvolution(weight: weight, bias: bias, window: window, groups: groups)
    }

    private func denseConvolution(weight: Tensor, bias: Tensor?, window: SlidingWindow, groups: Int) -> Tensor {
        let output = Tensor(uninitialized: window.outputShape(channels: weight.shape[0]))
        Engine.backend.convolution(self, weight: weight, bias: bias, window: window, groups: groups, into: output)
        let input = Kept(self)
        return output.recorded(from: [self, weight] + (bias.map { [$0] } ?? [])) { upstream, needs in
            var gradients: [Tensor?] = [nil, nil]
            // The weight first: what is kept of the input may go before the gradient of the input comes.
            if needs[1] {
                let gradient = Tensor(uninitialized: weight.shape)
                Engine.backend.convolutionWeightGradient(
                    upstream, input: input.take(), window: window, groups: groups, into: gradient)
                gradients[1] = gradient
            }
            if needs[0] {
                let gradient = Tensor(uninitialized: input.shape)
                Engine.backend.convolutionInputGradient(
                    upstream, weight: weight, window: window, groups: groups, into: gradient)
                gradients[0] = gradient
            }
            if needs.count == 3 { gradients.append(needs[2] ? upstream.summed(to: [weight.shape[0]]) : nil) }
            return gradients
        }
    }
}

extension SlidingWindow {
    /// `[B, H', W', channels]`
    func outputShape(channels: Int) -> [Int] { [batch, vertical.outputSize, horizontal.outputSize, channels] }
}
