package import DeviceSeam

/// Elementwise operations with broadcasting: axes are aligned at the end, and an axis of length 1 repeats.
extension Tensor {
    public static func + (left: Tensor, right: Tensor) -> Tensor {
        elementwise(.add, left, right).recorded(from: [left, right]) {
            [leftShape = left.shape, rightShape = right.shape]
            upstream, needs in
            [needs[0] ? upstream.summed(to: leftShape) : nil, needs[1] ? upstream.summed(to: rightShape) : nil]
        }
    }

    public static func - (left: Tensor, right: Tensor) -> Tensor {
        elementwise(.subtract, left, right).recorded(from: [left, right]) {
            [leftShape = left.shape, rightShape = right.shape] upstream, needs in
            [needs[0] ? upstream.summed(to: leftShape) : nil, needs[1] ? (-upstream).summed(to: rightShape) : nil]
        }
    }

    public static func * (left: Tensor, right: Tensor) -> Tensor {
        elementwise(.multiply, left, right).recorded(from: [left, right]) { upstream, needs in
            [
                needs[0] ? (upstream * right).summed(to: left.shape) : nil,
                needs[1] ? (upstream * left).summed(to: right.shape) : nil,
            ]
        }
    }

    public static func / (left: Tensor, right: Tensor) -> Tensor {
        elementwise(.divide, left, right).recorded(from: [left, right]) { upstream, needs in
            let overRight = upstream / right
            return [
                needs[0] ? overRight.summed(to: left.shape) : nil,
                needs[1] ? (-(overRight * left / right)).summed(to: right.shape) : nil,
            ]
        }
    }

    public static prefix func - (input: Tensor) -> Tensor { input.affine(-1, 0) }
    public static func + (left: Tensor, right: Float) -> Tensor { left.affine(1, right) }
    public static func - (left: Tensor, right: Float) -> Tensor { left.affine(1, -right) }
    public static func * (left: Tensor, right: Float) -> Tensor { left.affine(right, 0) }
    public static func / (left: Tensor, right: Float) -> Tensor { left.affine(1 / right, 0) }

    /// `scale * self + shift`
    public func affine(_ scale: Float, _ shift: Float) -> Tensor {
        elementwise(.affine, scale, shift).recorded(from: [self]) { upstream, _ in [upstream.affine(scale, 0)] }
    }

    /// The larger of two elements. Where they are equal the gradient goes to the left one.
    public static func maximum(_ left: Tensor, _ right: Tensor) -> Tensor { selected(.maximum, left, right) }

    /// The smaller of two elements. Where they are equal the gradient goes to the left one.
    public static func minimum(_ left: Tensor, _ right: Tensor) -> Tensor { selected(.minimum, left, right) }

    private static func selected(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor) -> Tensor {
        elementwise(operation, left, right).recorded(from: [left, right]) { upstream, needs in
            let difference = operation == .maximum ? left - right : right - left
            let isLeft = difference.elementwise(.isWithin, 0, .infinity)
            return [
                needs[0] ? (upstream * isLeft).summed(to: left.shape) : nil,
                needs[1] ? (upstream * (1 - isLeft)).summed(to: right.shape) : nil,
            ]
        }
    }

    public static func - (left: Float, right: Tensor) -> Tensor { right.affine(-1, left) }

    package static func elementwise(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor) -> Tensor {
        let output = Tensor(uninitialized: broadcastShape(left.shape, right.shape, for: "\(operation)"))
        Engine.run(.call("\(operation)", reads: [left, right], writes: [output])) {
            $0.binary(operation, left.array, right.array, into: output.array)
        }
        return output
    }

    package func elementwise(_ operation: UnaryOperation, _ a: Float = 0, _ b: Float = 0) -> Tensor {
        mapped("\(operation)") { $0.unary(operation, a, b, $1, into: $2) }
    }

    /// The shape two shapes broadcast to.
    ///
    /// - Precondition: aligned axes are equal or one of them is 1.
    static func broadcastShape(_ left: [Int], _ right: [Int], for operation: String) -> [Int] {
        if left == right { return left }
        let rank = max(left.count, right.count)
        return (0..<rank).map { axis in
            let l = axis - (rank - left.count)
            let r = axis - (rank - right.count)
            let (a, b) = (l < 0 ? 1 : left[l], r < 0 ? 1 : right[r])
            precondition(a == b || a == 1 || b == 1, "\(operation): shapes \(left) and \(right) do not broadcast")
            return a == 1 ? b : a
        }
    }
}

extension BinaryOperation: CustomStringConvertible {
    package var description: String {
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

extension UnaryOperation: CustomStringConvertible {
    package var description: String {
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
