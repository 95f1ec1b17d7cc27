/// An operation on two numbers.
package enum BinaryOperation: Int32 {
    case add, subtract, multiply, divide, maximum, minimum
}

/// An operation on one number, with up to two constants.
package enum UnaryOperation: Int32 {
    /// `a * x + b`
    case affine
    /// `exp(x)`
    case exponential
    /// natural logarithm
    case logarithm
    case squareRoot
    case absolute
    /// `min(max(x, a), b)`
    case clamp
    /// `1` where `a <= x <= b`, else `0`
    case isWithin
    /// `-1`, `0` or `1`
    case sign
}

package protocol ElementwiseKernels {
    func fill(_ array: FloatArray, with value: Float)
    /// `output = input`, as many elements.
    func copy(_ input: FloatArray, to output: FloatArray)
    /// `output += input`, as many elements.
    func add(_ input: FloatArray, into output: FloatArray)
    /// `output = left op right`; the inputs broadcast to the output's shape (trailing axes aligned).
    func binary(_ operation: BinaryOperation, _ left: FloatArray, _ right: FloatArray, into output: FloatArray)
    /// `output = op(input)`, as many elements; may be in place.
    func unary(_ operation: UnaryOperation, _ a: Float, _ b: Float, _ input: FloatArray, into output: FloatArray)
    /// `rows[r, c] *= factors[r]`, in place; `rows` is `[…, C]`, `factors` has an element for each row.
    func scaleRows(_ rows: FloatArray, by factors: FloatArray)
}

package protocol ReductionKernels {
    /// `output[o, i] = sum over r of input[o, r, i]`; `input` seen as `[outer, length, inner]`.
    func sum(_ input: FloatArray, outer: Int, length: Int, inner: Int, into output: FloatArray)
    /// Sum of squares of all elements, in double precision, into the only element of `output`.
    func sumOfSquares(_ input: FloatArray, into output: SumArray)
}
