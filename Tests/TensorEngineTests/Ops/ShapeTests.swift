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

    @Test func rowsAreSummedByGroupAndOverwritten() {
        let rows = Tensor([1, 2, 10, 20, 100, 200, 7, 7], shape: [2, 2, 2])
        let groups = IndexTensor([2, 0, 2, -1], shape: [2, 2])
        #expect(rows.summedByGroup(groups, count: 4).values() == [10, 20, 0, 0, 101, 202, 0, 0])
        checkGradients([rows]) { $0[0].summedByGroup(groups, count: 3) }
        let table = Tensor.ones([3, 2])
        table.assignRows(IndexTensor([2, -1, 0], shape: [3]), Tensor([5, 6, 7, 8, 9, 9], shape: [3, 2]))
        #expect(table.values() == [9, 9, 1, 1, 5, 6])
        #expect(rows.summedByGroup(IndexTensor([-1, -1], shape: [2]), count: 0).shape == [0, 2, 2])
    }

    @Test func rowsAreScaledInPlace() {
        let rows = Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3])
        rows.scaleRowsInPlace(by: Tensor([2, 10], shape: [2]))
        #expect(rows.values() == [2, 4, 6, 40, 50, 60])
    }

    @Test func partsAreReadAlone() {
        let x = Tensor((0..<6).map(Float.init), shape: [2, 3])
        #expect(x.values(2..<5) == [2, 3, 4] && x.values(6..<6) == [])
        #expect(x.view(from: 3, shape: [3]).values(1..<3) == [4, 5])
        #expect(Tensor.items([Tensor(3), Tensor([4], shape: [1, 1])]) == [3, 4] && Tensor.items([]) == [])
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

    /// Layers with many rows have a product of their own: several blocks of inner, odd sizes, and rows of 1024 floats,
    /// which are copied, against a few rows.
    @Test(arguments: [(769, 7, 5), (1000, 33, 600), (2011, 130, 1030), (800, 70, 1024)])
    func manyRowsAgreeWithFew(rows: Int, outputs: Int, inputs: Int) {
        let x = pseudoRandomTensor([rows, inputs], seed: 1)
        let w = pseudoRandomTensor([outputs, inputs], seed: 2)
        let b = pseudoRandomTensor([outputs], seed: 3)
        let upstream = pseudoRandomTensor([rows, outputs], seed: 4)
        let (whole, gradients) = evaluate([x, w, b], upstream) { $0[0].linear(weight: $0[1], bias: $0[2]) }
        let (parts, partGradients) = evaluate([x, w, b], upstream) { leaves in
            Tensor.concatenated(
                stride(from: 0, to: rows, by: 100).map {
                    leaves[0].sliced($0..<min(rows, $0 + 100), axis: 0).linear(weight: leaves[1], bias: leaves[2])
                }, axis: 0)
        }
        expectClose(whole, parts, tolerance: 2e-6)
        for (ours, reference) in zip(gradients, partGradients) { expectClose(ours, reference, tolerance: 5e-6) }
        let unbiased = (Tensor(parts, shape: [rows, outputs]) - b).values()
        expectClose(x.linear(weight: w, bias: nil).values(), unbiased, tolerance: 2e-6)
    }

    /// Gradients of weights have a product of their own: several blocks of rows, groups of outputs and odd sizes
    /// against sums in double precision, written and added.
    @Test(arguments: [(1, 12, 12), (256, 97, 16), (300, 13, 50), (1025, 200, 31), (300, 30, 131)])
    func sumsOverRowsAgreeWithDoublePrecision(rows: Int, outputs: Int, inputs: Int) {
        let x = pseudoRandomTensor([rows, inputs], seed: 1)
        let upstream = pseudoRandomTensor([rows, outputs], seed: 2)
        let (left, right) = (upstream.values().map(Double.init), x.values().map(Double.init))
        var expected = [Double](repeating: 0, count: outputs * inputs)
        for row in 0..<rows {
            for o in 0..<outputs {
                for i in 0..<inputs { expected[o * inputs + i] += left[row * outputs + o] * right[row * inputs + i] }
            }
        }
        let sums = upstream.product(x, transposingLeft: true)
        expectClose(sums.values(), expected.map(Float.init), tolerance: 5e-6)
        let weight = pseudoRandomTensor([outputs, inputs], seed: 3)
        let (_, gradients) = evaluate([x, weight], upstream + upstream) { $0[0].linear(weight: $0[1], bias: nil) }
        expectClose(gradients[1], expected.map { Float(2 * $0) }, tolerance: 5e-6)
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
