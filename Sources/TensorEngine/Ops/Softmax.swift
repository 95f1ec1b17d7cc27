internal import DeviceSeam

extension Tensor {
    /// `e^x / sum of e^x` over the last axis, computed from differences to the largest element.
    public func softmax() -> Tensor {
        precondition(rank >= 1, "softmax: needs an axis")
        let output = mapped("softmax") { $0.softmax($1, into: $2) }
        return output.recorded(from: [self]) { upstream, _ in
            [upstream.mapped("softmax gradient", with: output) { $0.softmaxGradient($1, output: $2, into: $3) }]
        }
    }

    /// `x - log(sum of e^x)` over the last axis.
    public func logSoftmax() -> Tensor {
        precondition(rank >= 1, "logSoftmax: needs an axis")
        let output = mapped("log-softmax") { $0.logSoftmax($1, into: $2) }
        return output.recorded(from: [self]) { upstream, _ in
            [upstream.mapped("log-softmax gradient", with: output) { $0.logSoftmaxGradient($1, output: $2, into: $3) }]
        }
    }
}
