import TensorEngine
import Testing
import _TestSupport

@Suite struct KeptTests {
    /// `x + 1`, which counts how often it is made again.
    private func counted(_ x: Tensor, _ calls: Counter) -> Tensor {
        let input = Kept(x)
        return (x.detached() + 1).recorded(
            from: [x],
            remadeBy: {
                calls.count += 1
                return input.take() + 1
            }, rule: { upstream, _ in [upstream] })
    }

    private final class Counter {
        var count = 0
    }

    @Test func whatSeveralRulesNeedIsMadeOnce() {
        let calls = Counter()
        let x = pseudoRandomTensor([3, 4], seed: 1).trackingGradient()
        let tensor = counted(x, calls)
        let (first, second) = (Kept(tensor), Kept(tensor.reshaped([12])))
        #expect(calls.count == 0)
        #expect(first.take().values() == tensor.values())
        let again = second.take()
        #expect(again.shape == [12] && again.values() == tensor.values())
        #expect(calls.count == 1)
    }

    @Test func whatNobodyNeedsIsNotMade() {
        let calls = Counter()
        let x = pseudoRandomTensor([3, 4], seed: 1).trackingGradient()
        counted(x, calls).sum().backward()
        #expect(calls.count == 0)
        #expect(x.gradient?.values() == [Float](repeating: 1, count: 12))
    }

    /// Norm, activation, resizing and concatenation are all made again, from each other, for several rules each.
    @Test func chainsOfRemadeTensorsGiveTheRightGradients() {
        let x = pseudoRandomTensor([1, 2, 3, 4], seed: 1)
        let weight = pseudoRandomTensor([5, 8], seed: 2)
        let scale = pseudoRandomTensor([4], seed: 3, in: 0.5...1.5)
        checkGradients([x, weight, scale]) {
            let normal = $0[0].layerNormalized(weight: $0[2], bias: Tensor.zeros([4]), epsilon: 1e-3)
            let active = normal.gelu()
            let both = Tensor.concatenated([active, normal], axis: 3).resized(height: 3, width: 4)
            return both.linear(weight: $0[1], bias: nil).squared() + (both.reshaped([12, 8]).linear(
                weight: $0[1], bias: nil).reshaped([1, 3, 4, 5]))
        }
    }
}
