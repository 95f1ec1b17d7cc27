internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func fill(_ array: FloatArray, with value: Float) {
        let output = array.floats
        threads.parallelFor(array.count, grain: Self.elementwiseGrain) { range in
            ck_fill(output + range.lowerBound, value, range.count)
        }
    }

    package func copy(_ input: FloatArray, to output: FloatArray) {
        let (from, to) = (input.floats, output.floats)
        threads.parallelFor(input.count, grain: Self.elementwiseGrain) { range in
            (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
        }
    }

    package func add(_ input: FloatArray, into output: FloatArray) {
        let (from, to) = (input.floats, output.floats)
        threads.parallelFor(input.count, grain: Self.elementwiseGrain) { range in
            ck_accumulate(to + range.lowerBound, from + range.lowerBound, range.count)
        }
    }

    package func unary(
        _ operation: UnaryOperation, _ a: Float, _ b: Float, _ input: FloatArray, into output: FloatArray
    ) {
        let (from, to) = (input.floats, output.floats)
        threads.parallelFor(input.count, grain: Self.elementwiseGrain) { range in
            ck_unary(operation.rawValue, a, b, from + range.lowerBound, to + range.lowerBound, range.count)
        }
    }

    package func binary(
        _ operation: BinaryOperation, _ left: FloatArray, _ right: FloatArray, into output: FloatArray
    ) {
        guard output.count > 0 else { return }
        let loop = BroadcastLoop(left: left.shape, right: right.shape, output: output.shape)
        let (a, b, to) = (left.floats, right.floats, output.floats)
        let length = loop.innerLength
        if loop.outerCount == 1 {
            threads.parallelFor(length, grain: Self.elementwiseGrain) { range in
                ck_binary(
                    operation.rawValue, a + range.lowerBound * loop.leftStep, loop.leftStep,
                    b + range.lowerBound * loop.rightStep, loop.rightStep, to + range.lowerBound, range.count)
            }
            return
        }
        threads.parallelFor(loop.outerCount, grain: max(1, Self.elementwiseGrain / length)) { range in
            for outer in range {
                let (leftStart, rightStart) = loop.starts(outer)
                ck_binary(
                    operation.rawValue, a + leftStart, loop.leftStep, b + rightStart, loop.rightStep,
                    to + outer * length, length)
            }
        }
    }
}

extension CPUBackend {
    package func scaleRows(_ rows: FloatArray, by factors: FloatArray) {
        let (values, scales, columns) = (rows.floats, factors.floats, rows.shape.last ?? 1)
        threads.parallelFor(factors.count, grain: max(1, Self.elementwiseGrain / max(1, columns))) { range in
            let start = range.lowerBound
            ck_scale_rows(values + start * columns, range.count, columns, columns, scales + start)
        }
    }
}

/// The loop of a broadcasting operation: an inner run over which each input either advances by one or stands still, and
/// outer runs over the remaining axes.
struct BroadcastLoop {
    let innerLength: Int
    let leftStep: Int
    let rightStep: Int
    let outerCount: Int
    private let outerShape: [Int]
    private let leftStrides: [Int]
    private let rightStrides: [Int]

    init(left: [Int], right: [Int], output: [Int]) {
        let leftStrides = Self.strides(left, in: output)
        let rightStrides = Self.strides(right, in: output)
        var axis = output.count
        var length = 1
        var steps: (left: Int, right: Int)?
        while axis > 0 {
            let size = output[axis - 1]
            if size != 1 {
                let candidate = (left: leftStrides[axis - 1], right: rightStrides[axis - 1])
                let now = steps ?? (left: min(1, candidate.left), right: min(1, candidate.right))
                guard candidate.left == now.left * length, candidate.right == now.right * length else { break }
                steps = now
                length *= size
            }
            axis -= 1
        }
        innerLength = length
        leftStep = steps?.left ?? 0
        rightStep = steps?.right ?? 0
        outerShape = Array(output[0..<axis])
        outerCount = outerShape.reduce(1, *)
        self.leftStrides = Array(leftStrides[0..<axis])
        self.rightStrides = Array(rightStrides[0..<axis])
    }

    /// Where the inputs of outer run `index` start.
    func starts(_ index: Int) -> (left: Int, right: Int) {
        var rest = index
        var (left, right) = (0, 0)
        for axis in stride(from: outerShape.count - 1, through: 0, by: -1) {
            let position = rest % outerShape[axis]
            rest /= outerShape[axis]
            left += position * leftStrides[axis]
            right += position * rightStrides[axis]
        }
        return (left, right)
    }

    /// Elements between neighbours along each axis of `output`; zero where `shape` repeats.
    private static func strides(_ shape: [Int], in output: [Int]) -> [Int] {
        var strides = [Int](repeating: 0, count: output.count)
        var step = 1
        let missing = output.count - shape.count
        for axis in stride(from: shape.count - 1, through: 0, by: -1) {
            strides[axis + missing] = shape[axis] == 1 ? 0 : step
            step *= shape[axis]
        }
        return strides
    }
}
