import NN
import Randomness
import TensorEngine
import Testing

@Suite struct InitializationTests {
    private func values(_ name: String, _ rule: Initialization, count: Int = 20_001, seed: UInt64 = 1) -> [Float] {
        ModuleScope(seed: seed).parameter(name, shape: [count], rule).value.values()
    }

    @Test func normalHasItsMeanAndDeviation() {
        let drawn = values("w", .normal(deviation: 0.02))
        let mean = drawn.reduce(0, +) / Float(drawn.count)
        let deviation = (drawn.map { $0 * $0 }.reduce(0, +) / Float(drawn.count)).squareRoot()
        // Five standard errors of 20 001 draws: 5 * 0.02 / 141 for the mean, 5 * 0.02 / 200 for the deviation.
        #expect(abs(mean) < 7.1e-4)
        #expect(abs(deviation - 0.02) < 5e-4)
        #expect(drawn.allSatisfy { $0.isFinite })
    }

    @Test func uniformFillsItsRange() {
        let drawn = values("w", .frameworkDefault(fanIn: 4))
        #expect(drawn.allSatisfy { abs($0) <= 0.5 })
        #expect((drawn.max() ?? 0) > 0.499 && (drawn.min() ?? 0) < -0.499)
    }

    @Test func kaimingFollowsItsFanOut() {
        #expect(Initialization.kaiming(fanOut: 8) == .normal(deviation: 0.5))
    }

    @Test func dependsOnPathAndSeedAlone() {
        let first = values("a", .normal(deviation: 1))
        #expect(values("a", .normal(deviation: 1)) == first)
        #expect(values("b", .normal(deviation: 1)) != first)
        #expect(values("a", .normal(deviation: 1), seed: 2) != first)
        let nested = ModuleScope(seed: 1).child("x").child("a").parameter("w", shape: [3], .uniform(bound: 1))
        let direct = ModuleScope(seed: 1).child("x.a").parameter("w", shape: [3], .uniform(bound: 1))
        #expect(nested.value.values() == direct.value.values())
    }

    /// More than one thread draws, and the count is no multiple of anything.
    @Test func sharedWorkDrawsWhatOneThreadWould() {
        var stream = RandomStream(seed: 1, "weights/w")
        let expected = (0..<50_003).map { _ in stream.uniform(in: -1...1) }
        #expect(values("w", .uniform(bound: 1), count: 50_003) == expected)
    }

    @Test func withoutSeedRandomWeightsAreZeroAndConstantsStay() {
        let scope = ModuleScope(seed: nil)
        #expect(scope.parameter("w", shape: [2], .normal(deviation: 1)).value.values() == [0, 0])
        #expect(scope.parameter("w", shape: [2], .ones).value.values() == [1, 1])
    }
}
