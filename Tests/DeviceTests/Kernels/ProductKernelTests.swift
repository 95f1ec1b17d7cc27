import DeviceBackend
import DeviceSeam
import Testing

@Suite struct `Products on a device` {
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
