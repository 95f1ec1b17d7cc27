import TensorEngine
import Testing
import _TestSupport

@Suite struct AttentionTests {
    @Test(arguments: [("one_head", 1), ("several_heads", 5), ("one_key", 2), ("many_queries", 2)])
    func valuesAndGradientsAgreeWithPyTorch(name: String, heads: Int) throws {
        try GoldenOperation("attention", name).expect(inputs: ["queries", "keysAndValues"], tolerance: 5e-6) {
            Tensor.attention(queries: $0[0], keysAndValues: $0[1], heads: heads)
        }
    }

    @Test func gradientsAgreeWithDifferences() {
        let queries = pseudoRandomTensor([2, 3, 4], seed: 1)
        let keys = pseudoRandomTensor([2, 5, 4], seed: 2)
        let values = pseudoRandomTensor([2, 5, 4], seed: 3)
        checkGradients([queries, keys, values]) {
            Tensor.attention(queries: $0[0], keys: $0[1], values: $0[2], heads: 2)
        }
    }

    /// Several blocks of queries and several segments of sums.
    @Test func longSequencesAgreeWithTheWholeMatrix() {
        let queries = pseudoRandomTensor([1, 700, 6], seed: 1, in: -3...3)
        let keys = pseudoRandomTensor([1, 53, 6], seed: 2, in: -3...3)
        let values = pseudoRandomTensor([1, 53, 6], seed: 3)
        let upstream = pseudoRandomTensor([1, 700, 6], seed: 4)
        let (blocked, blockedGradients) = evaluate([queries, keys, values], upstream) {
            Tensor.attention(queries: $0[0], keys: $0[1], values: $0[2], heads: 1)
        }
        let (plain, plainGradients) = evaluate([queries, keys, values], upstream) {
            ($0[0].product($0[1], transposingRight: true) / Float(6).squareRoot()).softmax().product($0[2])
        }
        expectClose(blocked, plain, tolerance: 2e-6)
        for (ours, reference) in zip(blockedGradients, plainGradients) { expectClose(ours, reference, tolerance: 5e-6) }
    }

    @Test func largeScoresDoNotOverflow() {
        let queries = Tensor([1000, -1000], shape: [1, 2, 1])
        let pairs = Tensor([1000, 1, -1000, 2], shape: [1, 2, 2])
        #expect(Tensor.attention(queries: queries, keysAndValues: pairs, heads: 1).values() == [1, 2])
    }

    @Test func noQueriesAndNoImagesWork() {
        let pairs = pseudoRandomTensor([1, 3, 8], seed: 1).trackingGradient()
        let output = Tensor.attention(queries: Tensor.zeros([1, 0, 4]), keysAndValues: pairs, heads: 2)
        runBackward(from: [(output, output.detached())])
        #expect(output.shape == [1, 0, 4])
        #expect(pairs.gradient?.values() == [Float](repeating: 0, count: 24))
        let none = Tensor.attention(queries: Tensor.zeros([0, 3, 4]), keysAndValues: Tensor.zeros([0, 2, 8]), heads: 2)
        #expect(none.shape == [0, 3, 4])
    }
}
