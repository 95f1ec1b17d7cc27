import CDeviceKernels
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
        try GradientBucketsTests.expectSums(size: size, bucketBytes: bucketBytes)
    }

    /// On a device behind the stand-in, whose streams work in orders of several seeds.
    @Test func sumsWhatIsOnADeviceBesideItsWork() async {
        await #expect(processExitsWith: .success) {
            try Engine.setDevice(.standIn)
            var options = cdk_standin_get()
            for seed in [0, 1, 2, 77] as [UInt64] {
                options.seed = seed
                cdk_standin_set(options)
                for (size, bucketBytes) in [(2, 8), (3, 64), (4, 8)] {
                    try GradientBucketsTests.expectSums(size: size, bucketBytes: bucketBytes)
                }
            }
        }
    }

    /// What is copied before it is computed is summed as something else: the claim above can fail.
    @Test func aPieceThatLeavesTooEarlyShows() async {
        await #expect(processExitsWith: .success) {
            try Engine.setDevice(.standIn)
            try GradientBucketsTests.expectSums(size: 2, bucketBytes: 64)
            var options = cdk_standin_get()
            options.forgotten_wait = 1
            cdk_standin_set(options)
            #expect(try GradientBucketsTests.sums(size: 2, bucketBytes: 64)[0] != GradientBucketsTests.expected(size: 2))
        }
    }

    private static func expected(size: Int) -> [Float] {
        let total = Float(size * (size + 1) / 2)
        return [Float](repeating: 11 * total, count: 4) + [Float](repeating: 10 * total, count: 6) + [0, 0]
    }

    private static func expectSums(size: Int, bucketBytes: Int) throws {
        for values in try sums(size: size, bucketBytes: bucketBytes) { #expect(values == expected(size: size)) }
    }

    private static func sums(size: Int, bucketBytes: Int) throws -> [[Float]] {
        try ThreadedGroup.run(size: size) { group throws(CollectiveError) -> [Float] in
            let model = ThreeWeights()
            let set = ParameterSet(model, pieceBytes: bucketBytes)
            let buckets = try GradientBuckets(set, group: group)
            let scale = Float(group.rank + 1)
            (model.first.value.sum() * scale).backward()
            buckets.arm()
            ((model.first.value.sum() + model.second.value.sum()) * (10 * scale)).backward()
            try buckets.finish()
            return set.gradients.values()
        }
    }
}
