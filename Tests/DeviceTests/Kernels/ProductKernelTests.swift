import DeviceBackend
import DeviceSeam
import Testing

@Suite(.everyKernel) struct `Products on a device` {
    @Test(arguments: [(1, 1, 1), (5, 3, 7), (64, 64, 16), (65, 130, 33), (3, 4, 0)])
    func `both the library's and our own equal the CPU's, transposed and added`(
        rows: Int, columns: Int, inner: Int
    ) throws {
        let own = Side(try DeviceBackend(.standIn, usesProductLibrary: false))
        for (leftTransposed, rightTransposed) in [(false, false), (true, false), (false, true), (true, true)] {
            let body = { (side: Side) -> [String: FloatArray] in
                let output = side.random([2, rows, columns], seed: 3)
                side.backend.batchedProduct(
                    Matrix(
                        side.random([2, max(1, rows * inner)], seed: 1),
                        rowStride: max(1, leftTransposed ? rows : inner), isTransposed: leftTransposed),
                    leftStride: rows * inner,
                    Matrix(
                        side.random([2, max(1, columns * inner)], seed: 2),
                        rowStride: max(1, rightTransposed ? inner : columns), isTransposed: rightTransposed),
                    rightStride: columns * inner, into: Matrix(output, rowStride: columns),
                    outputStride: rows * columns, count: 2, rows: rows, columns: columns, inner: inner, alpha: 0.5,
                    beta: 1)
                return ["product": output]
            }
            try TwoBackends.expectSame(body)
            guard let ours = body(own)["product"] else { continue }
            let library = Side(try TwoBackends.standIn())
            guard let theirs = body(library)["product"] else { continue }
            #expect(relativeDifference(own.values(ours), library.values(theirs)) <= 2e-6)
        }
    }

    /// Ours, and the library's: products of operands that were rounded before, added up in single precision.
    @Test(arguments: [Precision.tf32, .bf16], [(5, 3, 7), (65, 130, 77), (64, 64, 32)])
    func `with rounded operands products are those of the rounded numbers`(
        precision: Precision, shape: (rows: Int, columns: Int, inner: Int)
    ) throws {
        let (rows, columns, inner) = shape
        let numbers = (Noise.floats(2 * rows * inner, seed: 1), Noise.floats(2 * columns * inner, seed: 2))
        for usesLibrary in [true, false] {
            let side = Side(
                try DeviceBackend(.standIn, usesProductLibrary: usesLibrary, precision: precision))
            for (leftTransposed, rightTransposed) in [(false, false), (true, false), (false, true), (true, true)] {
                let output = side.random([2, rows, columns], seed: 3)
                let before = side.values(output)
                side.backend.batchedProduct(
                    Matrix(
                        side.array(numbers.0), rowStride: leftTransposed ? rows : inner, isTransposed: leftTransposed),
                    leftStride: rows * inner,
                    Matrix(
                        side.array(numbers.1), rowStride: rightTransposed ? inner : columns,
                        isTransposed: rightTransposed),
                    rightStride: columns * inner, into: Matrix(output, rowStride: columns),
                    outputStride: rows * columns, count: 2, rows: rows, columns: columns, inner: inner, alpha: 0.5,
                    beta: 1)
                let expected = (0..<2 * rows * columns).map { place -> Float in
                    let (image, row, column) = (place / columns / rows, place / columns % rows, place % columns)
                    let sum = (0..<inner).reduce(0.0) { sum, k in
                        let left = leftTransposed ? k * rows + row : row * inner + k
                        let right = rightTransposed ? column * inner + k : k * columns + column
                        return sum + precision.rounded(numbers.0[image * rows * inner + left])
                            * precision.rounded(numbers.1[image * columns * inner + right])
                    }
                    return Float(0.5 * sum + Double(before[place]))
                }
                #expect(relativeDifference(side.values(output), expected) <= 1e-6)
            }
        }
    }

    @Test(arguments: [Precision.tf32, .bf16])
    func `what is no number stays none, and infinity stays so`(precision: Precision) throws {
        for usesLibrary in [true, false] {
            let side = Side(
                try DeviceBackend(.standIn, usesProductLibrary: usesLibrary, precision: precision))
            let output = side.floats([3, 1])
            side.backend.product(
                Matrix(side.array([.infinity, .nan, Float(bitPattern: 0xFFFF_FFFF)]), rowStride: 1),
                Matrix(side.array([2]), rowStride: 1), into: Matrix(output, rowStride: 1), rows: 3, columns: 1,
                inner: 1, alpha: 1, beta: 0)
            let values = side.values(output)
            #expect(values[0] == .infinity && values[1].isNaN && values[2].isNaN, "\(values)")
        }
    }

    @Test func `a linear layer and the gradients of its parameters equal the CPU's`() throws {
        try TwoBackends.expectSame { side in
            let size = LinearSize(rows: 37, inputs: 19, outputs: 11)
            let (input, upstream) = (side.random([37, 19], seed: 1), side.random([37, 11], seed: 2))
            let output = side.floats([37, 11])
            side.backend.linear(
                input, weight: side.random([11, 19], seed: 3), bias: side.random([11], seed: 4), size, into: output)
            let (weight, bias) = (side.sum([11, 19], seed: 5), side.sum([11], seed: 6))
            side.backend.linearParameterGradients(upstream, input: input, size, weight: weight, bias: bias)
            return ["output": output, "weight": weight.array, "bias": bias.array]
        }
    }
}

extension Precision {
    /// A number with as many digits as the precision keeps.
    fileprivate func rounded(_ value: Float) -> Double {
        let digits = self == .tf32 ? 10 : 7
        guard value != 0 else { return 0 }
        let unit = Double(sign: .plus, exponent: Int(value.exponent) - digits, significand: 1)
        return (Double(value) / unit).rounded(self == .tf32 ? .toNearestOrAwayFromZero : .toNearestOrEven) * unit
    }
}
