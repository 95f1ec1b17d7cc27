extension Tensor {
    /// `e^x / sum of e^x` over the last axis, computed from differences to the largest element.
    public func softmax() -> Tensor {
        precondition(rank >= 1, "softmax: needs an axis")
        let output = Tensor(uninitialized: shape)
        Engine.backend.softmax(self, into: output)
        return output.recorded(from: [self]) { upstream, _ in
            let gradient = Tensor(uninitialized: upstream.shape)
            Engine.backend.softmaxGradient(upstream, output: output, into: gradient)
            return [gradient]
        }
    }

    /// `x - log(sum of e^x)` over the last axis.
    public func logSoftmax() -> Tensor {
        precondition(rank >= 1, "logSoftmax: needs an axis")
        let output = Tensor(uninitialized: shape)
        Engine.backend.logSoftmax(self, into: output)
        return output.recorded(from: [self]) { upstream, _ in
            let gradient = Tensor(uninitialized: upstream.shape)
            Engine.backend.logSoftmaxGradient(upstream, output: output, into: gradient)
            return [gradient]
        }
    }
}
