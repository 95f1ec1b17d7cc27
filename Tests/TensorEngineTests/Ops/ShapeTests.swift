import TensorEngine
import Testing
import _TestSupport

@Suite struct ShapeTests {
    @Test func permutesReshapesSlicesAndJoins() {
        let x = Tensor((0..<6).map(Float.init), shape: [2, 3])
        #expect(x.transposed().values() == [0, 3, 1, 4, 2, 5])
        #expect(x.reshaped([-1, 2]).shape == [3, 2])
        #expect(x.sliced(1..<3, axis: 1).values() == [1, 2, 4, 5])
        #expect(Tensor.concatenated([x, x.sliced(0..<1, axis: 1)], axis: 1).values() == [0, 1, 2, 0, 3, 4, 5, 3])
        #expect(x.gathered(IndexTensor([1, -1, 1], shape: [3])).values() == [3, 4, 5, 0, 0, 0, 3, 4, 5])
        #expect(x.sliced(1..<1, axis: 0).shape == [0, 3])
    }

    @Test func gradientsAgreeWithDifferences() {
        let x = pseudoRandomTensor([2, 3, 4], seed: 1)
        checkGradients([x]) { $0[0].permuted([2, 0, 1]) }
        checkGradients([x]) { $0[0].sliced(1..<3, axis: 1) * 2 }
        checkGradients([x, pseudoRandomTensor([2, 1, 4], seed: 2)]) { Tensor.concatenated($0, axis: 1) }
        checkGradients([x]) { $0[0].gathered(IndexTensor([1, 1, 0, -1], shape: [2, 2])) }
        checkGradients([x]) { $0[0].sum([0, 2]) }
        checkGradients([x]) { $0[0].sum([1], keepingAxes: true) }
        checkGradients([x]) { $0[0].mean([-1]) }
        checkGradients([pseudoRandomTensor([2, 1, 4], seed: 2)]) { $0[0].broadcast(to: [3, 2, 5, 4]) }
    }

    @Test(arguments: [false, true], [false, true])
    func gradientsOfProductsAgreeWithDifferences(left: Bool, right: Bool) {
        let a = pseudoRandomTensor(left ? [3, 4, 2] : [3, 2, 4], seed: 1)
        let b = pseudoRandomTensor(right ? [3, 5, 4] : [3, 4, 5], seed: 2)
        let shared = pseudoRandomTensor(right ? [5, 4] : [4, 5], seed: 2)
        checkGradients([a, b]) { $0[0].product($0[1], transposingLeft: left, transposingRight: right) }
        checkGradients([a, shared]) { $0[0].product($0[1], transposingLeft: left, transposingRight: right) }
    }

    @Test func linearIsTheProductWithTheTransposedWeight() {
        let x = pseudoRandomTensor([2, 3, 4], seed: 1)
        let w = pseudoRandomTensor([5, 4], seed: 2)
        let b = pseudoRandomTensor([5], seed: 3)
        let expected = x.product(w, transposingRight: true) + b
        expectClose(x.linear(weight: w, bias: b).values(), expected.values(), tolerance: 1e-6)
        checkGradients([x, w, b]) { $0[0].linear(weight: $0[1], bias: $0[2]) }
        checkGradients([x, w]) { $0[0].linear(weight: $0[1], bias: nil) }
    }

    @Test func largeProductsAgreeWhateverTheSplit() {
        let a = pseudoRandomTensor([301, 67], seed: 1)
        let b = pseudoRandomTensor([67, 203], seed: 2)
        let whole = a.product(b).values()
        let piece = a.sliced(150..<151, axis: 0).product(b).values()
        expectClose(Array(whole[150 * 203..<151 * 203]), piece, tolerance: 1e-6)
        checkSum(a)
    }

    private func checkSum(_ a: Tensor) {
        let expected = a.values().reduce(0.0) { $0 + Double($1) }
        #expect(abs(Double(a.sum().item()) - expected) < 1e-3)
    }
}
