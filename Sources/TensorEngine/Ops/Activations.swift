extension Tensor {
    /// The exact Gaussian error linear unit, `x (1 + erf(x / sqrt 2)) / 2` (arXiv:1606.08415).
    ///
    /// Keeps its input only; derivative and output are computed from it in the backward pass.
    public func gelu() -> Tensor {
        let (input, remadeInput) = (Kept(self), Kept(self))
        let remake = { remadeInput.take().activated() }
        return detached().activated().recorded(from: [self], remadeBy: remake) { upstream, _ in
            let gradient = Tensor(uninitialized: upstream.shape)
            Engine.backend.geluGradient(upstream, input: input.take(), into: gradient)
            return [gradient]
        }
    }

    private func activated() -> Tensor {
        let output = Tensor(uninitialized: shape)
        Engine.backend.gelu(self, into: output)
        return output
    }

    /// `max(x, 0)`, with gradient 0 at 0. Keeps its output, which the next operation usually keeps as well.
    public func relu() -> Tensor {
        let output = Tensor(uninitialized: shape)
        Engine.backend.relu(self, into: output)
        return output.recorded(from: [self]) { upstream, _ in
            let gradient = Tensor(uninitialized: upstream.shape)
            Engine.backend.reluGradient(upstream, output: output, into: gradient)
            return [gradient]
        }
    }

    /// The logistic function, `1 / (1 + e^-x)`.
    public func sigmoid() -> Tensor {
        let output = Tensor(uninitialized: shape)
        Engine.backend.sigmoid(self, into: output)
        return output.recorded(from: [self]) { upstream, _ in
            let gradient = Tensor(uninitialized: upstream.shape)
            Engine.backend.sigmoidGradient(upstream, output: output, into: gradient)
            return [gradient]
        }
    }
}
