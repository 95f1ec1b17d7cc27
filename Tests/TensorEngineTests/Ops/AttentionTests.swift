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

    // MARK: bias and mask

    /// `softmax(Q K^T / sqrt(d) + bias) V` of every head with all scores held; `bias` broadcasts to `[B, heads, N, M]`.
    private func plain(_ queries: Tensor, _ keys: Tensor, _ values: Tensor, heads: Int, _ bias: Tensor) -> Tensor {
        func split(_ x: Tensor) -> Tensor {
            x.reshaped([x.shape[0], x.shape[1], heads, x.shape[2] / heads]).permuted([0, 2, 1, 3])
        }
        let scores = split(queries).product(split(keys), transposingRight: true)
            / Float(queries.shape[2] / heads).squareRoot()
        return (scores + bias).softmax().product(split(values)).permuted([0, 2, 1, 3]).reshaped(queries.shape)
    }

    /// A case of patterns over a batch of 6 images, 2 heads, `n` queries and `m` keys.
    struct PatternCase: Sendable, CustomTestStringConvertible {
        var shape: [Int]
        /// Of the table as the plain form takes it, repeated to the batch.
        var patterns: Int
        var heads: Int
        var testDescription: String { "\(shape)" }
    }

    private let batch = 6
    private let heads = 2
    private let n = 5
    private let m = 7

    private func operands(_ channels: Int = 8) -> [Tensor] {
        [[batch, n, channels], [batch, m, channels], [batch, m, channels]].enumerated().map {
            pseudoRandomTensor($1, seed: UInt64($0 + 1), in: -2...2)
        }
    }

    /// `[P, h, N, M]` repeated to the batch, image `b` with pattern `b % P`.
    private func repeated(_ table: Tensor, _ patterns: Int, _ heads: Int, rows: Int) -> Tensor {
        let four = table.reshaped([patterns, heads, rows, m])
        return Tensor.concatenated((0..<batch / patterns).map { _ in four }, axis: 0)
    }

    @Test(arguments: [
        PatternCase(shape: [2, 5, 7], patterns: 1, heads: 2), PatternCase(shape: [3, 2, 5, 7], patterns: 3, heads: 2),
        PatternCase(shape: [6, 1, 5, 7], patterns: 6, heads: 1),
        PatternCase(shape: [1, 1, 5, 7], patterns: 1, heads: 1),
    ])
    func biasesAreAddedToScoresAndHaveGradients(_ pattern: PatternCase) {
        let inputs = operands() + [pseudoRandomTensor(pattern.shape, seed: 9, in: -2...2)]
        let upstream = pseudoRandomTensor([batch, n, 8], seed: 5)
        let (output, gradients) = evaluate(inputs, upstream) {
            Tensor.attention(queries: $0[0], keys: $0[1], values: $0[2], heads: heads, bias: $0[3])
        }
        let (expected, expectedGradients) = evaluate(inputs, upstream) {
            plain($0[0], $0[1], $0[2], heads: heads, repeated($0[3], pattern.patterns, pattern.heads, rows: n))
        }
        expectClose(output, expected, tolerance: 2e-6)
        for (ours, reference) in zip(gradients, expectedGradients) { expectClose(ours, reference, tolerance: 5e-6) }
    }

    @Test(arguments: [
        PatternCase(shape: [3, 5, 7], patterns: 3, heads: 1), PatternCase(shape: [6, 2, 5, 7], patterns: 6, heads: 2),
        PatternCase(shape: [6, 1, 5, 7], patterns: 6, heads: 1), PatternCase(shape: [2, 7], patterns: 2, heads: 1),
    ])
    func hiddenKeysTakeNoPartAndGetNoGradient(_ pattern: PatternCase) {
        let inputs = operands()
        let rows = pattern.shape.count == 2 ? 1 : n
        // Two of three keys are hidden, never the first one.
        let seen = (0..<pattern.shape.reduce(1, *)).map { Float($0 % m == 0 || $0 % 3 == 1 ? 1 : 0) }
        let upstream = pseudoRandomTensor([batch, n, 8], seed: 5)
        let mask = Tensor(seen, shape: pattern.shape)
        let (output, gradients) = evaluate(inputs, upstream) {
            Tensor.attention(queries: $0[0], keys: $0[1], values: $0[2], heads: heads, mask: .visible(mask))
        }
        let hidden = repeated((mask - 1) * 1e9, pattern.patterns, pattern.heads, rows: rows)
        let (expected, expectedGradients) = evaluate(inputs, upstream) {
            plain($0[0], $0[1], $0[2], heads: heads, hidden)
        }
        expectClose(output, expected, tolerance: 2e-6)
        for (ours, reference) in zip(gradients, expectedGradients) { expectClose(ours, reference, tolerance: 5e-6) }
    }

    /// Unlike a hidden key, one with a large negative number still counts where its score is larger yet.
    @Test(arguments: [
        PatternCase(shape: [3, 5, 7], patterns: 3, heads: 1), PatternCase(shape: [6, 2, 5, 7], patterns: 6, heads: 2),
    ])
    func addedNumbersJoinTheBias(_ pattern: PatternCase) {
        let inputs = operands() + [pseudoRandomTensor([heads, n, m], seed: 9, in: -2...2)]
        let penalty = Tensor(
            (0..<pattern.shape.reduce(1, *)).map { $0 % 3 == 1 ? -2 : 0 }, shape: pattern.shape)
        let upstream = pseudoRandomTensor([batch, n, 8], seed: 5)
        let (output, gradients) = evaluate(inputs, upstream) {
            Tensor.attention(
                queries: $0[0], keys: $0[1], values: $0[2], heads: heads, bias: $0[3], mask: .added(penalty))
        }
        let (expected, expectedGradients) = evaluate(inputs, upstream) {
            plain(
                $0[0], $0[1], $0[2], heads: heads,
                $0[3].reshaped([1, heads, n, m]) + repeated(penalty, pattern.patterns, pattern.heads, rows: n))
        }
        expectClose(output, expected, tolerance: 2e-6)
        for (ours, reference) in zip(gradients, expectedGradients) { expectClose(ours, reference, tolerance: 5e-6) }
    }

    /// With fewer queries than keys the last query sees all of them.
    @Test func causalQueriesSeeNothingLater() {
        let inputs = operands()
        let upstream = pseudoRandomTensor([batch, n, 8], seed: 5)
        let seen = (0..<n).flatMap { row in (0..<m).map { Float($0 <= row + m - n ? 1 : 0) } }
        let mask = Tensor(seen, shape: [1, n, m])
        let (causal, causalGradients) = evaluate(inputs, upstream) {
            Tensor.attention(queries: $0[0], keys: $0[1], values: $0[2], heads: heads, mask: .causal)
        }
        let (masked, maskedGradients) = evaluate(inputs, upstream) {
            Tensor.attention(queries: $0[0], keys: $0[1], values: $0[2], heads: heads, mask: .visible(mask))
        }
        #expect(causal == masked && causalGradients == maskedGradients)
        // The first query is one of its first keys alone: changing the last key changes nothing.
        let moved = Tensor.concatenated(
            [inputs[1].sliced(0..<m - 1, axis: 1), pseudoRandomTensor([batch, 1, 8], seed: 8)], axis: 1)
        let other = Tensor.attention(
            queries: inputs[0], keys: moved, values: inputs[2], heads: heads, mask: .causal
        ).sliced(0..<n - 1, axis: 1)
        let before = Tensor(causal, shape: [batch, n, 8]).sliced(0..<n - 1, axis: 1)
        #expect(other.values() == before.values())
    }

    /// Several blocks of queries and segments, several groups of images with a table each, bias and mask together.
    @Test(arguments: [(1, 1, 700, 53), (40, 2, 49, 49), (4, 1, 300, 9)])
    func longSequencesWithBiasAndMaskAgreeWithTheWholeMatrix(images: Int, heads: Int, queries: Int, keys: Int) {
        let inputs = [
            pseudoRandomTensor([images, queries, 6], seed: 1, in: -3...3),
            pseudoRandomTensor([images, keys, 6], seed: 2, in: -3...3), pseudoRandomTensor([images, keys, 6], seed: 3),
            pseudoRandomTensor([heads, queries, keys], seed: 4, in: -2...2),
        ]
        let upstream = pseudoRandomTensor([images, queries, 6], seed: 5)
        let seen = Tensor(
            (0..<images * queries * keys).map { Float($0 % keys == 2 || $0 % 5 != 0 ? 1 : 0) },
            shape: [images, queries, keys])
        let (blocked, blockedGradients) = evaluate(inputs, upstream) {
            Tensor.attention(
                queries: $0[0], keys: $0[1], values: $0[2], heads: heads, bias: $0[3], mask: .visible(seen))
        }
        let hidden = ((seen - 1) * 1e9).reshaped([images, 1, queries, keys])
        let (whole, wholeGradients) = evaluate(inputs, upstream) {
            plain($0[0], $0[1], $0[2], heads: heads, $0[3].reshaped([1, heads, queries, keys]) + hidden)
        }
        expectClose(blocked, whole, tolerance: 2e-6)
        for (ours, reference) in zip(blockedGradients, wholeGradients) {
            expectClose(ours, reference, tolerance: 1e-5)
        }
    }

    @Test func noImagesWithBiasGiveZeros() {
        let bias = pseudoRandomTensor([2, 3, 2], seed: 1).trackingGradient()
        let queries = Tensor.zeros([0, 3, 4]).trackingGradient()
        let output = Tensor.attention(queries: queries, keysAndValues: Tensor.zeros([0, 2, 8]), heads: 2, bias: bias)
        runBackward(from: [(output, output.detached())])
        #expect(bias.gradient?.values() == [Float](repeating: 0, count: 12))
    }

    @Test func aQueryThatSeesNoKeyEndsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let queries = Tensor.ones([1, 2, 4])
            let mask = Tensor([1, 0, 0, 0], shape: [1, 2, 2])
            _ = Tensor.attention(queries: queries, keys: queries, values: queries, heads: 1, mask: .visible(mask))
                .values()
        }
    }
}
