internal import DeviceSeam

extension Tensor {
    /// `e^x`
    public func exponential() -> Tensor {
        let output = elementwise(.exponential)
        return output.recorded(from: [self]) { upstream, _ in [upstream * output] }
    }

    /// Natural logarithm.
    public func logarithm() -> Tensor {
        elementwise(.logarithm).recorded(from: [self]) { upstream, _ in [upstream / self.detached()] }
    }

    /// `sqrt(x)`; the gradient at 0 is taken as 0, as the norms of the methods need it.
    public func squareRoot() -> Tensor {
        let output = elementwise(.squareRoot)
        return output.recorded(from: [self]) { upstream, _ in
            let isPositive = output.elementwise(.isWithin, .leastNonzeroMagnitude, .infinity)
            return [upstream * isPositive * 0.5 / Tensor.maximum(output, Tensor(.leastNormalMagnitude))]
        }
    }

    /// `|x|`, with gradient 0 at 0.
    public func absolute() -> Tensor {
        elementwise(.absolute).recorded(from: [self]) { upstream, _ in [upstream * self.elementwise(.sign)] }
    }

    /// `x * x`
    public func squared() -> Tensor { self * self }

    /// Limits every element to `range`. The gradient passes where the element was inside.
    public func clamped(to range: ClosedRange<Float>) -> Tensor {
        let (low, high) = (range.lowerBound, range.upperBound)
        return elementwise(.clamp, low, high).recorded(from: [self]) { upstream, _ in
            [upstream * self.elementwise(.isWithin, low, high)]
        }
    }

    /// 1 where `range` contains the element, else 0. No gradient.
    public func isWithin(_ range: ClosedRange<Float>) -> Tensor {
        elementwise(.isWithin, range.lowerBound, range.upperBound)
    }
}
