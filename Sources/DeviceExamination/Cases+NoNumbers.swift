internal import DeviceSeam

extension KernelCases {
    /// What is no number, or infinite, on the CPU must be so on a device, and nothing else: a step whose numbers are none
    /// is skipped on both.
    static func noNumbers(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [[5, 9]], small: [[37, 19]], network: [[1024, 256]]).map { shape in
            KernelCase("no numbers", "\(shape.sizeText) with NaN and infinities") { side in
                let (backend, near) = (side.backend, KernelCall.Comparison.values(1e-5))
                var numbers = Noise.floats(shape.product, seed: 1)
                for (place, value) in [(1, Float.nan), (7, .infinity), (12, -.infinity), (20, .nan), (33, .infinity)] {
                    numbers[place] = value
                }
                let (input, other) = (side.array(numbers, shape), side.random(shape, seed: 2))
                func call(_ name: String, _ run: @escaping (FloatArray) -> Void) -> KernelCall {
                    let output = side.floats(shape)
                    return KernelCall(name, reads: [input, other], writes: ["output": output], within: near) {
                        run(output)
                    }
                }
                let unary = (0..<8).compactMap { UnaryOperation(rawValue: $0) }.map { operation in
                    call("unary \(operation)") { backend.unary(operation, -0.5, 0.5, input, into: $0) }
                }
                let all: [BinaryOperation] = [.add, .subtract, .multiply, .divide, .maximum, .minimum]
                let binary = all.flatMap { operation in
                    [
                        call("binary \(operation)") { backend.binary(operation, input, other, into: $0) },
                        call("binary \(operation)") { backend.binary(operation, other, input, into: $0) },
                    ]
                }
                let statistics = side.floats([shape[0], 2])
                let (weight, bias) = (side.random([shape[1]], seed: 2), side.random([shape[1]], seed: 3))
                return unary + binary + [
                    call("relu") { backend.relu(input, into: $0) },
                    call("reluGradient") { backend.reluGradient(other, output: input, into: $0) },
                    call("sigmoid") { backend.sigmoid(input, into: $0) },
                    call("gelu") { backend.gelu(input, into: $0) },
                    call("softmax") { backend.softmax(input, into: $0) },
                    call("logSoftmax") { backend.logSoftmax(input, into: $0) },
                    call("layerNorm") {
                        backend.layerNorm(
                            input, weight: weight, bias: bias, epsilon: 1e-5, into: $0, statistics: statistics)
                    },
                ]
            }
        }
    }
}
