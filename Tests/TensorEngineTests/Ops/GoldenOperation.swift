import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// One case of a fixture made by `Tests/Fixtures/ops/make_map_fixtures.py`: an operation with its inputs, output,
/// upstream gradient and input gradients as another program computed them.
struct GoldenOperation {
    let file: SafeTensorsFile
    let name: String

    init(_ file: String, _ name: String) throws {
        self.file = try SafeTensorsFile(Fixture.path("ops/\(file).safetensors"))
        self.name = name
    }

    func tensor(_ key: String) throws -> Tensor {
        Tensor(try file.floats("\(name).\(key)"), shape: try file.entry("\(name).\(key)").shape)
    }

    /// Runs `operation` on `inputs` and expects the recorded output and gradients.
    ///
    /// - Parameter tolerance: relative to the largest value of each tensor.
    func expect(
        inputs: [String] = ["input"], tolerance: Float, sourceLocation: SourceLocation = #_sourceLocation,
        _ operation: ([Tensor]) -> Tensor
    ) throws {
        let leaves = try inputs.map { try tensor($0).trackingGradient() }
        let output = operation(leaves)
        let expected = try tensor("output")
        #expect(output.shape == expected.shape, sourceLocation: sourceLocation)
        expectClose(
            output.values(), expected.values(), tolerance: tolerance, "\(name).output", sourceLocation: sourceLocation)
        runBackward(from: [(output, try tensor("upstream"))])
        for (key, leaf) in zip(inputs, leaves) {
            expectClose(
                leaf.gradient?.values() ?? [], try tensor("\(key)_gradient").values(), tolerance: tolerance,
                "\(name).\(key)_gradient", sourceLocation: sourceLocation)
        }
    }
}

/// Single-precision sums of at most a few hundred products, compared with double precision.
let sumTolerance: Float = 2e-6
