import TensorEngine
import Testing
import _TestSupport

@Suite struct SoftmaxTests {
    @Test(arguments: [1, 19, 150]) func valuesAndGradientsAgreeWithPyTorch(columns: Int) throws {
        try GoldenOperation("activation", "softmax_\(columns)").expect(tolerance: sumTolerance) { $0[0].softmax() }
        try GoldenOperation("activation", "log_softmax_\(columns)").expect(tolerance: sumTolerance) {
            $0[0].logSoftmax()
        }
    }

    @Test func gradientsAgreeWithDifferences() {
        let x = pseudoRandomTensor([3, 5], seed: 1, in: -2...2)
        checkGradients([x]) { $0[0].softmax() }
        checkGradients([x]) { $0[0].logSoftmax() }
    }

    @Test(arguments: [2047, 2048, 5000]) func longRowsSumToOne(columns: Int) {
        let x = pseudoRandomTensor([3, columns], seed: 2, in: -20...20)
        for sum in x.softmax().sum([1]).values() { #expect(abs(sum - 1) < 1e-5) }
        for sum in x.logSoftmax().exponential().sum([1]).values() { #expect(abs(sum - 1) < 1e-5) }
    }

    @Test func hugeAndInfiniteLogitsStayFinite() {
        let x = Tensor([1e30, -1e30, -.infinity, 0, 88, 89], shape: [2, 3])
        #expect(Array(x.softmax().values().prefix(3)) == [1, 0, 0])
        #expect(x.logSoftmax().values().prefix(2) == [0, -2e30])
        #expect(x.softmax().values().allSatisfy { $0.isFinite })
    }

    @Test func emptyTensorsStayEmpty() {
        #expect(Tensor.zeros([0, 4]).softmax().shape == [0, 4])
        #expect(Tensor.zeros([0, 4]).logSoftmax().shape == [0, 4])
    }
}
