import DeviceSeam
import Testing

@Suite(.everyKernel) struct `Element by element on a device` {
    @Test(arguments: [0, 1, 255, 256, 257, 70_001])
    func `every unary operation equals the CPU's`(count: Int) throws {
        for operation in 0..<8 {
            guard let operation = UnaryOperation(rawValue: Int32(operation)) else { continue }
            try TwoBackends.expectSame { side in
                let input = side.random([count], seed: 3, scale: 2, shift: operation == .logarithm ? 3 : 0)
                let positive = operation == .squareRoot ? side.random([count], seed: 4, shift: 1) : input
                let output = side.floats([count])
                side.backend.unary(operation, -0.5, 0.75, positive, into: output)
                return ["\(operation)": output]
            }
        }
    }

    @Test(arguments: [
        ([7, 5], [7, 5]), ([7, 5], [5]), ([1], [7, 5]), ([4, 1, 6], [3, 1]), ([2, 3, 4, 5], [2, 1, 4, 1]),
        ([3, 1, 4], [1, 5, 1]), ([0, 3], [3]),
    ])
    func `every binary operation broadcasts as the CPU's`(left: [Int], right: [Int]) throws {
        let rank = max(left.count, right.count)
        let pad = { (shape: [Int]) in [Int](repeating: 1, count: rank - shape.count) + shape }
        let shape = zip(pad(left), pad(right)).map { $0 == 1 ? $1 : $0 }
        for operation in [BinaryOperation.add, .subtract, .multiply, .divide, .maximum, .minimum] {
            try TwoBackends.expectSame { side in
                let output = side.floats(shape)
                side.backend.binary(
                    operation, side.random(left, seed: 1), side.random(right, seed: 2, shift: 2), into: output)
                return ["\(operation)": output]
            }
        }
    }

    @Test func `fill, copy, add and scaled rows equal the CPU's, from the middle of an array too`() throws {
        try TwoBackends.expectSame { side in
            let (filled, rows) = (side.random([10, 7], seed: 1), side.random([10, 7], seed: 2))
            side.backend.fill(filled.view(from: 3, shape: [20]), with: 0.25)
            side.backend.add(side.random([11], seed: 5), into: filled.view(from: 40, shape: [11]))
            side.backend.copy(side.random([5], seed: 6), to: filled.view(from: 60, shape: [5]))
            side.backend.scaleRows(rows, by: side.random([10], seed: 3))
            return ["filled": filled, "rows": rows]
        }
    }

    @Test(arguments: [(1, 1, 1), (1, 5000, 1), (3, 700, 5), (2, 1, 9), (4, 0, 3), (0, 3, 2)])
    func `sums equal the CPU's`(outer: Int, length: Int, inner: Int) throws {
        try TwoBackends.expectSame { side in
            let output = side.floats([outer, inner])
            side.backend.sum(
                side.random([outer, length, inner], seed: 8), outer: outer, length: length, inner: inner, into: output)
            return ["sum": output]
        }
    }

    @Test(arguments: [0, 1, 1000, 2_000_003])
    func `a sum of squares equals the CPU's`(count: Int) throws {
        try TwoBackends.expectSame { side in
            let sum = side.empty(Double.self, [1])
            side.backend.sumOfSquares(side.random([count], seed: 8), into: sum)
            return ["sum of squares": side.asFloats(sum)]
        }
    }

    @Test func `activations and their gradients equal the CPU's`() throws {
        try TwoBackends.expectSame { side in
            let (input, upstream) = (side.random([3, 1001], seed: 1, scale: 6), side.random([3, 1001], seed: 2))
            let outputs = (0..<6).map { _ in side.floats([3, 1001]) }
            side.backend.gelu(input, into: outputs[0])
            side.backend.geluGradient(upstream, input: input, into: outputs[1])
            side.backend.relu(input, into: outputs[2])
            side.backend.reluGradient(upstream, output: outputs[2], into: outputs[3])
            side.backend.sigmoid(input, into: outputs[4])
            side.backend.sigmoidGradient(upstream, output: outputs[4], into: outputs[5])
            return Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ("output \($0)", $1) })
        }
    }

    @Test(arguments: [(1, 1), (5, 19), (6, 257)])
    func `softmax and its logarithm equal the CPU's`(rows: Int, channels: Int) throws {
        try TwoBackends.expectSame { side in
            let (input, upstream) = (
                side.random([rows, channels], seed: 1, scale: 9), side.random([rows, channels], seed: 2)
            )
            let outputs = (0..<4).map { _ in side.floats([rows, channels]) }
            side.backend.softmax(input, into: outputs[0])
            side.backend.softmaxGradient(upstream, output: outputs[0], into: outputs[1])
            side.backend.logSoftmax(input, into: outputs[2])
            side.backend.logSoftmaxGradient(upstream, output: outputs[2], into: outputs[3])
            return Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ("output \($0)", $1) })
        }
    }

    @Test func `rows are copied, permuted, gathered and scattered as on the CPU`() throws {
        try TwoBackends.expectSame(tolerance: 0) { side in
            let input = side.random([4, 6, 5], seed: 1)
            let (copied, permuted) = (side.random([4, 20], seed: 9), side.floats([5, 4, 6]))
            side.backend.copyRows(
                input, at: RowPlaces(start: 2, stride: 30), to: copied, at: RowPlaces(start: 1, stride: 20), length: 7,
                rows: 4, adding: false)
            side.backend.copyRows(
                input, at: RowPlaces(start: 0, stride: 30), to: copied, at: RowPlaces(start: 4, stride: 20), length: 7,
                rows: 4, adding: true)
            side.backend.permute(input, axes: [2, 0, 1], into: permuted)
            let indices = side.array([3, -1, 0, 3, 2] as [Int32])
            let (gathered, scattered) = (side.floats([5, 30]), side.random([4, 30], seed: 3))
            side.backend.gatherRows(input, indices: indices, length: 30, into: gathered)
            side.backend.scatterRows(
                side.random([5, 30], seed: 4), indices: indices, length: 30, into: scattered, adding: true)
            side.backend.scatterRows(
                side.random([2, 30], seed: 5), indices: side.array([1, 1] as [Int32]), length: 30, into: scattered,
                adding: false)
            return ["copied": copied, "permuted": permuted, "gathered": gathered, "scattered": scattered]
        }
    }
}
