internal import DeviceSeam

extension Tensor {
    /// The exact Gaussian error linear unit, `x (1 + erf(x / sqrt 2)) / 2` (arXiv:1606.08415).
    ///
    /// Keeps its input only; derivative and output are computed from it in the backward pass.
    public func gelu() -> Tensor {
        let input = Kept(self, uses: 2)
        let output = mapped("gelu") { $0.gelu($1, into: $2) }
        let remake = { input.take().mapped("gelu") { $0.gelu($1, into: $2) } }
        return output.recorded(from: [self], remadeBy: remake) { upstream, _ in
            [upstream.mapped("gelu gradient", with: input.take()) { $0.geluGradient($1, input: $2, into: $3) }]
        }
    }

    /// `max(x, 0)`, with gradient 0 at 0. Keeps its output, which the next operation usually keeps as well.
    public func relu() -> Tensor {
        let output = mapped("relu") { $0.relu($1, into: $2) }
        return output.recorded(from: [self]) { upstream, _ in
            [upstream.mapped("relu gradient", with: output) { $0.reluGradient($1, output: $2, into: $3) }]
        }
    }

    /// The logistic function, `1 / (1 + e^-x)`.
    public func sigmoid() -> Tensor {
        let output = mapped("sigmoid") { $0.sigmoid($1, into: $2) }
        return output.recorded(from: [self]) { upstream, _ in
            [upstream.mapped("sigmoid gradient", with: output) { $0.sigmoidGradient($1, output: $2, into: $3) }]
        }
    }

    /// What a kernel makes of the elements, in a new tensor of the same shape, off the tape.
    func mapped(
        _ name: String, _ kernel: (any Backend, _ input: FloatArray, _ output: FloatArray) -> Void
    ) -> Tensor {
        let output = Tensor(uninitialized: shape)
        Engine.run(.call(name, reads: [self], writes: [output])) { kernel($0, array, output.array) }
        return output
    }

    /// The same with a second input of the same shape.
    func mapped(
        _ name: String, with other: Tensor,
        _ kernel: (any Backend, _ input: FloatArray, _ other: FloatArray, _ output: FloatArray) -> Void
    ) -> Tensor {
        let output = Tensor(uninitialized: shape)
        Engine.run(.call(name, reads: [self, other], writes: [output])) {
            kernel($0, array, other.array, output.array)
        }
        return output
    }
}
