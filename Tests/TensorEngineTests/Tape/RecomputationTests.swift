import TensorEngine
import Testing
import _TestSupport

@Suite struct RecomputationTests {
    private let weight = pseudoRandomTensor([4, 4], seed: 2)
    private let x = pseudoRandomTensor([3, 4], seed: 1)

    /// The result, and the gradients of input and weight.
    private func run(recomputing: Bool, trackingInput: Bool = true) -> [[Float]] {
        let leaf = trackingInput ? x.trackingGradient() : x
        let tracked = weight.trackingGradient()
        let body = { (input: Tensor) in input.linear(weight: tracked, bias: nil).gelu() + input }
        let output = recomputing ? leaf.recomputingInBackward(body) : body(leaf)
        runBackward(from: [(output.squared(), Tensor.ones(x.shape))])
        return [output.values(), leaf.gradient?.values() ?? [], tracked.gradient?.values() ?? []]
    }

    @Test func givesTheSameBits() {
        #expect(run(recomputing: true) == run(recomputing: false))
    }

    @Test func parametersInsideGetGradientsWithoutATrackedInput() {
        let gradients = run(recomputing: true, trackingInput: false)
        #expect(gradients == run(recomputing: false, trackingInput: false))
        #expect(gradients[2].contains { $0 != 0 })
    }

    @Test func passesWithoutATapeRunTheBodyOnce() {
        var calls = 0
        let output = withoutGradients {
            x.trackingGradient().recomputingInBackward {
                calls += 1
                return $0 + 1
            }
        }
        #expect(calls == 1 && !output.requiresGradient)
    }
}
