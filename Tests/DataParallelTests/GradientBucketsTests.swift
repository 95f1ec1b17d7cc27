import Collectives
import DataParallel
import NN
import TensorEngine
import Testing

/// Three weights of 4, 6 and 2 elements, whose product sum has simple gradients; the last one may stay unused.
private final class ThreeWeights: Module {
    let first = Parameter(Tensor.ones([4]))
    let second = Parameter(Tensor.ones([6]))
    let unused = Parameter(Tensor.ones([2]))
    var parameters: [(name: String, parameter: Parameter)] {
        [("first", first), ("second", second), ("unused", unused)]
    }
}

@Suite struct GradientBucketsTests {
    /// Rank r adds (r + 1) in a first backward pass and (r + 1) * 10 in the armed one.
    @Test(arguments: [1, 2, 3, 4], [8, 64]) func sumsOverRanksAndPasses(size: Int, bucketBytes: Int) throws {
        let sums = try ThreadedGroup.run(size: size) { group throws(CollectiveError) -> [Float] in
            let model = ThreeWeights()
            let set = ParameterSet(model, pieceBytes: bucketBytes)
            let buckets = GradientBuckets(set, group: group)
            let scale = Float(group.rank + 1)
            (model.first.value.sum() * scale).backward()
            buckets.arm()
            ((model.first.value.sum() + model.second.value.sum()) * (10 * scale)).backward()
            try buckets.finish()
            return set.gradients.values()
        }
        let total = Float(size * (size + 1) / 2)
        let expected = [Float](repeating: 11 * total, count: 4) + [Float](repeating: 10 * total, count: 6) + [0, 0]
        for values in sums { #expect(values == expected) }
    }
}
