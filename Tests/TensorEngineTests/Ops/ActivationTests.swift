import Glibc
import TensorEngine
import Testing
import _TestSupport

@Suite struct ActivationTests {
    /// Polynomials good to about two units in the last place, compared with double precision.
    static let tolerance: Float = 5e-7

    @Test func geluAgreesWithPyTorch() throws {
        try GoldenOperation("activation", "gelu").expect(tolerance: Self.tolerance) { $0[0].gelu() }
    }

    @Test func reluAgreesWithPyTorch() throws {
        try GoldenOperation("activation", "relu").expect(tolerance: 0) { $0[0].relu() }
    }

    @Test func sigmoidAgreesWithPyTorch() throws {
        try GoldenOperation("activation", "sigmoid").expect(tolerance: Self.tolerance) { $0[0].sigmoid() }
    }

    @Test func gradientsAgreeWithDifferences() {
        let x = pseudoRandomTensor([37], seed: 1, in: -3...3)
        checkGradients([x]) { $0[0].gelu() }
        checkGradients([x]) { $0[0].sigmoid() }
        checkGradients([Tensor([-2, -0.5, 0.5, 2], shape: [4])]) { $0[0].relu() }
    }

    @Test func geluFollowsTheErrorFunctionOverItsWholeRange() {
        let inputs = (-14_000...14_000).map { Float($0) * 1e-3 }
        let outputs = Tensor(inputs, shape: [inputs.count]).gelu().values()
        for (x, y) in zip(inputs, outputs) {
            let exact = Double(x) * 0.5 * erfc(-Double(x) / 2.0.squareRoot())
            #expect(abs(Double(y) - exact) <= 2e-7 * max(1, abs(exact)), "gelu(\(x))")
        }
    }

    @Test func extremesAreWhatTheLimitsAre() {
        let x = Tensor([.infinity, 1e30, -1e30, 0x1p-140, -.infinity, .nan], shape: [6])
        #expect(Array(x.gelu().values().prefix(4)) == [.infinity, 1e30, 0, 0x1p-141])
        #expect(Array(x.sigmoid().values().prefix(5)) == [1, 1, 0, 0.5, 0])
        #expect(Array(x.relu().values().prefix(5)) == [.infinity, 1e30, 0, 0x1p-140, 0])
        for y in [x.gelu(), x.sigmoid(), x.relu()] { #expect(y.values()[5].isNaN) }
    }

    @Test func emptyTensorsStayEmpty() {
        let x = Tensor.zeros([0, 3]).trackingGradient()
        runBackward(from: [x.gelu(), x.relu(), x.sigmoid()].map { ($0, Tensor.zeros([0, 3])) })
        #expect(x.gradient?.shape == [0, 3])
    }
}
