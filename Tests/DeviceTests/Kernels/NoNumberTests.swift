import DeviceSeam
import Testing

/// What is no number, or infinite, on the CPU is so on a device, and nothing else is: a step whose numbers are none
/// must be skipped on both.
@Suite(.everyKernel) struct `What is no number on a device` {
    /// Some numbers, and some that are none.
    private func spoiled(_ side: Side, _ shape: [Int], seed: UInt64) -> FloatArray {
        let count = shape.reduce(1, *)
        var numbers = Noise.floats(count, seed: seed)
        for (place, value) in [(1, Float.nan), (7, .infinity), (12, -.infinity), (20, .nan), (33, .infinity)]
        where place < count { numbers[place] = value }
        return side.array(numbers, shape)
    }

    @Test func `of elements and activations`() throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let (input, other) = (spoiled(side, [5, 9], seed: 1), side.random([5, 9], seed: 2))
            var results: [String: FloatArray] = [:]
            func add(_ name: String, _ body: (FloatArray) -> Void) {
                let output = side.floats([5, 9])
                body(output)
                results[name] = output
            }
            for operation in [.add, .subtract, .multiply, .divide, .maximum, .minimum] as [BinaryOperation] {
                add("\(operation)") { side.backend.binary(operation, input, other, into: $0) }
                add("\(operation) turned") { side.backend.binary(operation, other, input, into: $0) }
            }
            for operation in [
                .affine, .exponential, .logarithm, .squareRoot, .absolute, .clamp, .isWithin, .sign,
            ] as [UnaryOperation] {
                add("\(operation)") { side.backend.unary(operation, -0.5, 0.5, input, into: $0) }
            }
            add("relu") { side.backend.relu(input, into: $0) }
            add("relu gradient") { side.backend.reluGradient(other, output: input, into: $0) }
            add("sigmoid") { side.backend.sigmoid(input, into: $0) }
            add("gelu") { side.backend.gelu(input, into: $0) }
            return results
        }
    }

    @Test func `of rows and their softmax`() throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let input = spoiled(side, [6, 9], seed: 1)
            let outputs = (0..<3).map { _ in side.floats([6, 9]) }
            side.backend.softmax(input, into: outputs[0])
            side.backend.logSoftmax(input, into: outputs[1])
            side.backend.layerNorm(
                input, weight: side.random([9], seed: 2), bias: side.random([9], seed: 3), epsilon: 1e-5,
                into: outputs[2], statistics: side.floats([6, 2]))
            let sums = side.floats([9])
            side.backend.sum(input, outer: 1, length: 6, inner: 9, into: sums)
            return ["softmax": outputs[0], "logarithm": outputs[1], "layer norm": outputs[2], "sums": sums]
        }
    }

    @Test func `of maps, their maxima and their classes`() throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let map = spoiled(side, [1, 4, 4, 3], seed: 1)
            let window = SlidingWindow(
                over: [1, 4, 4, 3], kernel: (3, 3), stride: 2, padding: 1, for: "test")
            let (pooled, resized) = (side.floats([1, 2, 2, 3]), side.floats([1, 7, 9, 3]))
            side.backend.maxPool(
                map, window: window, into: pooled, winners: side.backend.allocate(byteCount: 2 * pooled.count))
            side.backend.resize(map, mode: .bilinear(alignCorners: false), into: resized)
            let gradient = side.floats([1, 3, 3, 3])
            side.backend.resizeGradient(map, mode: .bilinear(alignCorners: false), into: gradient)
            let (labels, confidence) = (side.empty(UInt8.self, [1, 8, 8]), side.floats([1, 8, 8]))
            side.backend.classify(map, labels: labels, confidence: confidence, confident: nil)
            return [
                "pooled": pooled, "resized": resized, "gradient": gradient,
                "labels": side.asFloats(labels), "confidence": confidence,
            ]
        }
    }

    @Test func `of losses`() throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let logits = spoiled(side, [1, 4, 4, 3], seed: 1)
            let targets = LabelledPixels(
                labels: side.array(Noise.labels(16, below: 3, seed: 2), [1, 4, 4]), weights: nil, classWeights: nil,
                ignoreIndex: 255)
            let (loss, gradient) = (side.floats([1]), side.floats([1, 4, 4, 3]))
            side.backend.crossEntropy(logits, targets, gradient: gradient, into: loss, faults: side.faults())
            let (binary, ofBinary) = (side.floats([1]), side.floats([1, 4, 4, 3]))
            side.backend.binaryCrossEntropy(
                logits, targets: side.random([1, 4, 4, 3], seed: 3, scale: 0.5, shift: 0.5), weights: nil,
                gradient: ofBinary, into: binary)
            return ["loss": loss, "gradient": gradient, "binary": binary, "of binary": ofBinary]
        }
    }
}
