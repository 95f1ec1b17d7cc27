internal import DeviceSeam

extension KernelCases {
    static func elementwise(_ extent: Extent) -> [KernelCase] {
        let counts = extent.pick(odd: [0, 1, 257], small: [70_001], network: [128 * 128 * 256])
        let pairs: [([Int], [Int])] = extent.pick(
            odd: [([7, 5], [5]), ([1], [7, 5]), ([4, 1, 6], [3, 1]), ([0, 3], [3])],
            small: [([2, 3, 4, 5], [2, 1, 4, 1]), ([64, 96], [64, 96])],
            network: [([1, 128, 128, 256], [256]), ([1, 128, 128, 64], [1, 128, 128, 64])])
        return counts.map(unary) + pairs.map { binary($0.0, $0.1) } + counts.map(filling)
    }

    private static func unary(_ count: Int) -> KernelCase {
        KernelCase("elementwise", "\(count)") { side in
            (0..<8).compactMap { UnaryOperation(rawValue: $0) }.map { operation in
                // Logarithms and roots of what has some.
                let shift: Float = operation == .logarithm ? 3 : operation == .squareRoot ? 2 : 0
                let input = side.random([count], seed: 3, scale: 2, shift: shift)
                let output = side.floats([count])
                return KernelCall("unary \(operation)", reads: [input], writes: ["output": output]) {
                    side.backend.unary(operation, -0.5, 0.75, input, into: output)
                }
            }
        }
    }

    private static func binary(_ left: [Int], _ right: [Int]) -> KernelCase {
        KernelCase("elementwise", "\(left.sizeText) and \(right.sizeText)") { side in
            let rank = max(left.count, right.count)
            let pad = { (shape: [Int]) in [Int](repeating: 1, count: rank - shape.count) + shape }
            let shape = zip(pad(left), pad(right)).map { $0 == 1 ? $1 : $0 }
            let (one, other) = (side.random(left, seed: 1), side.random(right, seed: 2, shift: 2))
            return [BinaryOperation.add, .subtract, .multiply, .divide, .maximum, .minimum].map { operation in
                let output = side.floats(shape)
                return KernelCall("binary \(operation)", reads: [one, other], writes: ["output": output]) {
                    side.backend.binary(operation, one, other, into: output)
                }
            }
        }
    }

    private static func filling(_ count: Int) -> KernelCase {
        KernelCase("elementwise", "\(count)") { side in
            let (input, filled, copied) = (side.random([count], seed: 1), side.floats([count]), side.floats([count]))
            let (sum, rows) = (side.random([count], seed: 5), side.random([count, 3], seed: 2))
            let factors = side.random([count], seed: 6)
            return [
                KernelCall("fill", writes: ["output": filled]) { side.backend.fill(filled, with: 0.25) },
                KernelCall("copy", reads: [input], writes: ["output": copied], within: .values(0)) {
                    side.backend.copy(input, to: copied)
                },
                KernelCall("add", reads: [input, sum], writes: ["output": sum]) {
                    side.backend.add(input, into: sum)
                },
                KernelCall("scaleRows", reads: [rows, factors], writes: ["output": rows]) {
                    side.backend.scaleRows(rows, by: factors)
                },
            ]
        }
    }

    static func reductions(_ extent: Extent) -> [KernelCase] {
        let shapes = extent.pick(
            odd: [[1, 1, 1], [2, 1, 9], [4, 0, 3], [0, 3, 2]], small: [[1, 5000, 1], [3, 700, 5]],
            network: [[1, 16_384, 256], [16_384, 1, 64]])
        let counts = extent.pick(odd: [0, 1, 1000], small: [200_003], network: [8 << 20])
        return shapes.map { shape in
            KernelCase("reduction", shape.sizeText) { side in
                let (input, output) = (side.random(shape, seed: 8), side.floats([shape[0], shape[2]]))
                return [
                    KernelCall("sum", reads: [input], writes: ["sum": output], within: .sums(of: shape[1])) {
                        side.backend.sum(input, outer: shape[0], length: shape[1], inner: shape[2], into: output)
                    }
                ]
            }
        } + counts.map { count in
            KernelCase("reduction", "\(count)") { side in
                let (input, sum) = (side.random([count], seed: 8), side.empty(Double.self, [1]))
                return [
                    KernelCall("sumOfSquares", reads: [input], writes: [:], results: { ["sum": side.asFloats(sum)] }) {
                        side.backend.sumOfSquares(input, into: sum)
                    }
                ]
            }
        }
    }

    static func activations(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [[0], [3, 7]], small: [[3, 1001]], network: [[16_384, 256]]).map { shape in
            KernelCase("activation", shape.sizeText) { side in
                let (input, upstream) = (side.random(shape, seed: 1, scale: 6), side.random(shape, seed: 2))
                let outputs = (0..<6).map { _ in side.floats(shape) }
                let backend = side.backend
                func call(
                    _ name: String, _ output: Int, _ reads: [FloatArray], _ run: @escaping () -> Void
                ) -> KernelCall {
                    KernelCall(name, reads: reads, writes: ["output": outputs[output]], run: run)
                }
                return [
                    call("gelu", 0, [input]) { backend.gelu(input, into: outputs[0]) },
                    call("geluGradient", 1, [upstream, input]) {
                        backend.geluGradient(upstream, input: input, into: outputs[1])
                    },
                    call("relu", 2, [input]) { backend.relu(input, into: outputs[2]) },
                    call("reluGradient", 3, [upstream, outputs[2]]) {
                        backend.reluGradient(upstream, output: outputs[2], into: outputs[3])
                    },
                    call("sigmoid", 4, [input]) { backend.sigmoid(input, into: outputs[4]) },
                    call("sigmoidGradient", 5, [upstream, outputs[4]]) {
                        backend.sigmoidGradient(upstream, output: outputs[4], into: outputs[5])
                    },
                ]
            }
        }
    }

    static func softmax(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [[1, 1], [5, 19]], small: [[6, 257], [300, 19]], network: [[512 * 512, 19], [5120, 256]])
            .map { shape in
                KernelCase("softmax", shape.sizeText) { side in
                    let (input, upstream) = (side.random(shape, seed: 1, scale: 9), side.random(shape, seed: 2))
                    let outputs = (0..<4).map { _ in side.floats(shape) }
                    let backend = side.backend
                    return [
                        KernelCall("softmax", reads: [input], writes: ["output": outputs[0]]) {
                            backend.softmax(input, into: outputs[0])
                        },
                        KernelCall("softmaxGradient", reads: [upstream, outputs[0]], writes: ["gradient": outputs[1]]) {
                            backend.softmaxGradient(upstream, output: outputs[0], into: outputs[1])
                        },
                        KernelCall("logSoftmax", reads: [input], writes: ["output": outputs[2]]) {
                            backend.logSoftmax(input, into: outputs[2])
                        },
                        KernelCall(
                            "logSoftmaxGradient", reads: [upstream, outputs[2]], writes: ["gradient": outputs[3]]
                        ) { backend.logSoftmaxGradient(upstream, output: outputs[2], into: outputs[3]) },
                    ]
                }
            }
    }

    static func optimizer(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [7], small: [1000], network: [8 << 20]).map { count in
            KernelCase("optimizer", "\(count)") { side in
                let (weights, gradients) = (side.random([count], seed: 1), side.random([count], seed: 2))
                let first = side.random([count], seed: 3)
                let second = side.random([count], seed: 4, scale: 0.5, shift: 0.5)
                let (average, value) = (side.random([count], seed: 5), side.random([count], seed: 6))
                let ends = [count * 3 / 10, count * 3 / 10 + 1, count - 1, count]
                let runs = side.array(ends.enumerated().flatMap { [Int32($1), Int32(1 - $0 % 2)] }, [4, 2])
                let rates = [
                    AdamWRate(learningRate: 1e-2, weightDecay: 0.1), AdamWRate(learningRate: 1e-3, weightDecay: 0),
                ]
                return [
                    KernelCall(
                        "adamW", reads: [weights, gradients, first, second],
                        writes: ["weights": weights, "first": first, "second": second], within: .values(1e-6)
                    ) {
                        side.backend.adamW(
                            weights, gradients: gradients, firstMoments: first, secondMoments: second, runs: runs,
                            rates: rates, AdamWStep(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 3))
                    },
                    KernelCall(
                        "movingAverage", reads: [average, value], writes: ["average": average], within: .values(1e-6)
                    ) { side.backend.movingAverage(average, of: value, decay: 0.9) },
                ]
            }
        }
    }
}
