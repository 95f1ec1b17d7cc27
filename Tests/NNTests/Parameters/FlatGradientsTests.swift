import NN
import TensorEngine
import Testing

private final class Weights: Module {
    let parameters: [(name: String, parameter: Parameter)]

    init(_ counts: [Int]) {
        parameters = counts.enumerated().map { ("\($0)", Parameter(Tensor.ones([$1]))) }
    }
}

@Suite struct FlatGradientsTests {
    @Test(arguments: [
        (4, [0..<3, 3..<8, 8..<9, 9..<13]),
        // Cut from the end; what is left at the start is a piece of its own.
        (20, [0..<3, 3..<8, 8..<13]),
        (24, [0..<3, 3..<13]),
        (1 << 20, [0..<13]),
    ]) func piecesCoverAllParametersInOrder(bytes: Int, ranges: [Range<Int>]) {
        let set = ParameterSet(Weights([3, 5, 1, 4]), pieceBytes: bytes)
        #expect(set.gradients.pieces.map(\.range) == ranges)
        #expect(set.gradients.pieces.flatMap { Array($0.entries) } == [0, 1, 2, 3])
        for (entry, piece) in set.gradients.pieceOfEntry.enumerated() {
            #expect(set.gradients.pieces[piece].entries.contains(entry))
        }
    }

    @Test func gradientsAddUpInOrderUntilTheyAreCleared() {
        let model = Weights([3, 5, 1])
        let set = ParameterSet(model, pieceBytes: 16)
        for _ in 0..<2 {
            let sums = model.parameters.enumerated().map { $1.parameter.value.sum() * Float($0 + 1) }
            (sums[0] + sums[2]).backward()
        }
        #expect(set.gradients.values() == [2, 2, 2, 0, 0, 0, 0, 0, 6])
        #expect(model.parameters[2].parameter.gradient?.values() == [6])
        set.clearGradients()
        #expect(set.gradients.values() == [Float](repeating: 0, count: 9))
    }
}
