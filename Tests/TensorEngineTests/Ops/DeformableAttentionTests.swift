import Foundation
import TensorEngine
import Testing
import _TestSupport

@Suite struct DeformableAttentionTests {
    /// What a fixture's case is made with.
    struct Plan: Sendable, CustomTestStringConvertible {
        var name: String
        var levels: [[Int]]
        var heads: Int
        var points: Int
        var testDescription: String { name }
        var sizes: [(height: Int, width: Int)] { levels.map { ($0[0], $0[1]) } }
    }

    static let plans = [
        Plan(name: "pyramid", levels: [[2, 3], [4, 5], [7, 9]], heads: 2, points: 4),
        Plan(name: "odd", levels: [[1, 1], [3, 1]], heads: 3, points: 2),
        Plan(name: "outside", levels: [[3, 4]], heads: 2, points: 3),
        Plan(name: "half", levels: [[5, 3]], heads: 1, points: 1),
        // More samples than are worked out at a time.
        Plan(name: "many", levels: [[4, 4], [4, 4], [4, 4], [4, 4], [4, 4]], heads: 1, points: 15),
    ]

    @Test(arguments: plans) func valuesAndGradientsAgreeWithPyTorch(_ plan: Plan) throws {
        let golden = try GoldenOperation("deformable_attention", plan.name)
        let references = try golden.tensor("references")
        try golden.expect(inputs: ["values", "offsets", "weights"], tolerance: 1e-5) {
            Tensor.deformableAttention(
                values: $0[0], levels: plan.sizes, offsets: $0[1], weights: $0[2], references: references,
                heads: plan.heads, points: plan.points)
        }
    }

    /// Samples in all directions, inside of maps with odd sizes, across their borders and far outside.
    @Test func gradientsAgreeWithDifferences() {
        let (heads, points, queries) = (2, 2, 3)
        let levels = [(height: 3, width: 5), (height: 1, width: 2)]
        let samples = heads * levels.count * points
        // A step must not cross the middle of a cell, where the slope jumps: offsets end on 0.3 or 0.7 of one.
        let places = (0..<2 * queries * samples).map { index -> Float in
            let cells = index * 7 % 9 - 4
            return Float(cells) + (index.isMultiple(of: 2) ? 0.3 : 0.7)
        }
        let offsets = Tensor(places, shape: [1, queries, 2 * samples])
        let references = Tensor([0.25, 0.5, 0.5, 0.5, 0.75, 0.5], shape: [queries, 2])
        let inputs = [
            pseudoRandomTensor([1, 17, heads * 3], seed: 1), offsets,
            pseudoRandomTensor([1, queries, samples], seed: 2),
        ]
        checkGradients(inputs) {
            Tensor.deformableAttention(
                values: $0[0], levels: levels, offsets: $0[1], weights: $0[2], references: references, heads: heads,
                points: points)
        }
    }

    /// Offsets 0 and equal weights are the mean of samples at the reference, whatever the maps' sizes.
    @Test func equalWeightsGiveTheMeanOfTheMaps() {
        let levels = [(height: 2, width: 2), (height: 4, width: 4)]
        func ramp(_ size: Int) -> [Float] {
            (0..<size * size).map { cell in
                let (x, y) = (Float(cell % size), Float(cell / size))
                return (x + 0.5 + 10 * (y + 0.5)) / Float(size)
            }
        }
        let output = Tensor.deformableAttention(
            values: Tensor(ramp(2) + ramp(4), shape: [1, 20, 1]), levels: levels, offsets: Tensor.zeros([1, 2, 4]),
            weights: Tensor(repeating: 0.5, shape: [1, 2, 2]),
            references: Tensor([0.5, 0.5, 0.4, 0.6], shape: [2, 2]), heads: 1, points: 1)
        expectClose(output.values(), [5.5, 6.4], tolerance: 1e-6)
    }

    /// One head reads its cells where they lie, and threads share its queries: the same as a head beside another.
    @Test func oneHeadOfManyQueriesAgreesWithOneOfTwo() {
        let (queries, size) = (700, 48)
        let values = pseudoRandomTensor([2, 20, size], seed: 1)
        let offsets = pseudoRandomTensor([2, queries, 4], seed: 2, in: -3...3)
        let weights = pseudoRandomTensor([2, queries, 2], seed: 3)
        let references = pseudoRandomTensor([queries, 2], seed: 4, in: 0...1)
        func attended(_ inputs: [Tensor], heads: Int) -> Tensor {
            Tensor.deformableAttention(
                values: inputs[0], levels: [(height: 4, width: 5)], offsets: inputs[1], weights: inputs[2],
                references: references, heads: heads, points: 2)
        }
        let alone = attended([values, offsets, weights], heads: 1)
        let twice = attended([values, offsets, weights].map { Tensor.concatenated([$0, $0], axis: 2) }, heads: 2)
        #expect(alone.values() == twice.sliced(0..<size, axis: 2).values())
        #expect(alone.values() == twice.sliced(size..<2 * size, axis: 2).values())
    }

    @Test func placesThatAreNoNumbersGiveNaNAndThoseFarAwayZeros() {
        func output(_ offset: Float) -> [Float] {
            let offsets = Tensor([offset, 0], shape: [1, 1, 2]).trackingGradient()
            let result = Tensor.deformableAttention(
                values: Tensor.ones([1, 6, 32]), levels: [(height: 2, width: 3)], offsets: offsets,
                weights: Tensor.ones([1, 1, 1]), references: Tensor([0.5, 0.5], shape: [1, 2]), heads: 1, points: 1)
            result.sum().backward()
            return result.values() + (offsets.gradient?.values() ?? [])
        }
        #expect(output(.nan).prefix(32).allSatisfy { $0.isNaN })
        let far: [Float] = [Float.infinity, -Float.infinity, 1e30, -3e9, 4]
        for far in far {
            #expect(output(far).allSatisfy { $0 == 0 }, "\(far)")
        }
    }

    @Test func noQueriesAndNoImagesWork() {
        let values = pseudoRandomTensor([1, 6, 4], seed: 1).trackingGradient()
        let none = Tensor.deformableAttention(
            values: values, levels: [(height: 2, width: 3)], offsets: Tensor.zeros([1, 0, 4]),
            weights: Tensor.zeros([1, 0, 2]), references: Tensor.zeros([0, 2]), heads: 2, points: 1)
        runBackward(from: [(none, none.detached())])
        #expect(none.shape == [1, 0, 4])
        #expect(values.gradient?.values() == [Float](repeating: 0, count: 24))
        let empty = Tensor.deformableAttention(
            values: Tensor.zeros([0, 6, 4]), levels: [(height: 2, width: 3)], offsets: Tensor.zeros([0, 3, 4]),
            weights: Tensor.zeros([0, 3, 2]), references: Tensor.zeros([3, 2]), heads: 2, points: 1)
        #expect(empty.shape == [0, 3, 4])
    }

    @Test func sizesThatDoNotFitStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor.deformableAttention(
                values: Tensor.zeros([1, 7, 4]), levels: [(height: 2, width: 3)], offsets: Tensor.zeros([1, 3, 4]),
                weights: Tensor.zeros([1, 3, 2]), references: Tensor.zeros([3, 2]), heads: 2, points: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor.deformableAttention(
                values: Tensor.zeros([1, 6, 4]), levels: [(height: 2, width: 3)], offsets: Tensor.zeros([1, 3, 2]),
                weights: Tensor.zeros([1, 3, 2]), references: Tensor.zeros([3, 2]), heads: 2, points: 1)
        }
    }
}
