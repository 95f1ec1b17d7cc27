extension Tensor {
    /// One window per channel; `weight` is `[C, kh, kw, 1]`.
    ///
    /// Kernels read weights as `[kh, kw, C]`, along the channels like everything else; weights are small, so each call
    /// turns them.
    func depthwiseConvolution(weight: Tensor, bias: Tensor?, window: SlidingWindow) -> Tensor {
        let turned = weight.detached().permuted([3, 1, 2, 0])
        let (input, remadeInput, offset) = (Kept(self), Kept(self), bias?.detached())
        let remake = { Tensor.depthwise(remadeInput.take(), weight: turned, bias: offset, window: window) }
        let output = Tensor.depthwise(self, weight: turned, bias: offset, window: window)
        return output.recorded(from: [self, weight] + (bias.map { [$0] } ?? []), remadeBy: remake) { upstream, needs in
            let input = input.take()
            var gradients: [Tensor?] = needs.map { _ in nil }
            if needs[0] {
                let gradient = Tensor(uninitialized: input.shape)
                Engine.backend.depthwiseInputGradient(upstream, weight: turned, window: window, into: gradient)
                gradients[0] = gradient
            }
            let needsBias = needs.count == 3 && needs[2]
            if needs[1] || needsBias {
                let weightGradient = Tensor(uninitialized: turned.shape)
                let biasGradient = needsBias ? Tensor(uninitialized: [input.shape[3]]) : nil
                Engine.backend.depthwiseParameterGradients(
                    upstream, input: input, window: window, weightGradient: weightGradient, biasGradient: biasGradient)
                gradients[1] = weightGradient.permuted([3, 1, 2, 0])
                if needsBias { gradients[2] = biasGradient }
            }
            return gradients
        }
    }

    /// - Parameter weight: `[kh, kw, C]`
    private static func depthwise(_ input: Tensor, weight: Tensor, bias: Tensor?, window: SlidingWindow) -> Tensor {
        let output = Tensor(uninitialized: window.outputShape(channels: input.shape[3]))
        Engine.backend.depthwiseConvolution(input, weight: weight, bias: bias, window: window, into: output)
        return output
    }
}
