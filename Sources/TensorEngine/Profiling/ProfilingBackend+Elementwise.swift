extension ProfilingBackend: ElementwiseKernels {
    package func fill(_ tensor: Tensor, with value: Float) {
        timed("fill", reads: [], writes: [tensor]) { base.fill(tensor, with: value) }
    }

    package func copy(_ input: Tensor, to output: Tensor) {
        timed("copy", reads: [input], writes: [output]) { base.copy(input, to: output) }
    }

    package func add(_ input: Tensor, into output: Tensor) {
        timed("accumulate", reads: [input, output], writes: [output]) { base.add(input, into: output) }
    }

    package func binary(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor, into output: Tensor) {
        timed(operation.name, reads: [left, right], writes: [output]) {
            base.binary(operation, left, right, into: output)
        }
    }

    package func unary(_ operation: UnaryOperation, _ a: Float, _ b: Float, _ input: Tensor, into output: Tensor) {
        timed(operation.name, reads: [input], writes: [output]) { base.unary(operation, a, b, input, into: output) }
    }
}

extension ProfilingBackend: ReductionKernels {
    package func sum(_ input: Tensor, outer: Int, length: Int, inner: Int, into output: Tensor) {
        timed("sum", reads: [input], writes: [output]) {
            base.sum(input, outer: outer, length: length, inner: inner, into: output)
        }
    }

    package func sumOfSquares(_ input: Tensor) -> Double {
        timed("sum of squares", reads: [input], writes: []) { base.sumOfSquares(input) }
    }
}

extension BinaryOperation {
    fileprivate var name: String {
        switch self {
        case .add: "add"
        case .subtract: "subtract"
        case .multiply: "multiply"
        case .divide: "divide"
        case .maximum: "maximum"
        case .minimum: "minimum"
        }
    }
}

extension UnaryOperation {
    fileprivate var name: String {
        switch self {
        case .affine: "scale and shift"
        case .exponential: "exponential"
        case .logarithm: "logarithm"
        case .squareRoot: "square root"
        case .absolute: "absolute"
        case .clamp: "clamp"
        case .isWithin: "is within"
        case .sign: "sign"
        }
    }
}
