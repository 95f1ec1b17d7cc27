import TensorEngine
import Testing
import _TestSupport

@Suite struct LayerNormTests {
    @Test(arguments: ["tokens", "odd", "three_channels"])
    func valuesAndGradientsAgreeWithPyTorch(_ name: String) throws {
        // Inputs around 5 lose a digit when the mean is taken off.
        try GoldenOperation("normalization", "layer_norm_\(name)").expect(
            inputs: ["input", "weight", "bias"], tolerance: 1e-5
        ) {
            $0[0].layerNormalized(weight: $0[1], bias: $0[2], epsilon: 1e-6)
        }
    }

    @Test func gradientsAgreeWithDifferences() {
        let inputs = [[2, 3, 5], [5], [5]].enumerated().map { pseudoRandomTensor($1, seed: UInt64($0)) }
        checkGradients(inputs) { $0[0].layerNormalized(weight: $0[1], bias: $0[2], epsilon: 1e-5) }
    }

    /// Blocks of rows and strips of channels meet inside, so that their borders take part.
    @Test func manyRowsAgreeWithElementwiseOperations() {
        let inputs = [
            pseudoRandomTensor([1100, 141], seed: 1), pseudoRandomTensor([141], seed: 2),
            pseudoRandomTensor([141], seed: 3),
        ]
        let upstream = pseudoRandomTensor([1100, 141], seed: 4)
        let (fused, fusedGradients) = evaluate(inputs, upstream) {
            $0[0].layerNormalized(weight: $0[1], bias: $0[2], epsilon: 1e-5)
        }
        let (plain, plainGradients) = evaluate(inputs, upstream) {
            let centred = $0[0] - $0[0].mean([1], keepingAxes: true)
            let deviation = (centred.squared().mean([1], keepingAxes: true) + 1e-5).squareRoot()
            return centred / deviation * $0[1] + $0[2]
        }
        expectClose(fused, plain, tolerance: 5e-6)
        for (ours, reference) in zip(fusedGradients, plainGradients) { expectClose(ours, reference, tolerance: 5e-6) }
    }

    @Test func noRowsGiveZeroParameterGradients() {
        let weight = Tensor.ones([3]).trackingGradient()
        let output = Tensor.zeros([0, 3]).layerNormalized(weight: weight, bias: weight, epsilon: 1e-5)
        runBackward(from: [(output, output.detached())])
        #expect(weight.gradient?.values() == [0, 0, 0])
    }
}

@Suite struct BatchNormTests {
    @Test(arguments: [5, 33], [false, true])
    func valuesAndGradientsAgreeWithPyTorch(channels: Int, relu: Bool) throws {
        let golden = try GoldenOperation("normalization", "batch_norm_\(relu ? "relu_" : "")\(channels)")
        try golden.expect(inputs: ["input", "weight", "bias"], tolerance: 5e-6) {
            $0[0].batchNormalized(
                weight: $0[1], bias: $0[2], epsilon: 1e-5, statistics: .batch(reduce: nil), relu: relu
            ).output
        }
    }

    @Test(arguments: [5, 33]) func runningStatisticsAgreeWithPyTorch(channels: Int) throws {
        let golden = try GoldenOperation("normalization", "batch_norm_running_\(channels)")
        let (mean, variance) = (try golden.tensor("mean"), try golden.tensor("variance"))
        try golden.expect(inputs: ["input", "weight", "bias"], tolerance: 5e-6) {
            $0[0].batchNormalized(
                weight: $0[1], bias: $0[2], epsilon: 1e-5, statistics: .running(mean: mean, variance: variance),
                relu: true
            ).output
        }
    }

    @Test(arguments: [5, 33]) func theMomentsUpdateRunningStatisticsAsPyTorchDoes(channels: Int) throws {
        let golden = try GoldenOperation("normalization", "batch_norm_\(channels)")
        let (mean, variance) = (Tensor.zeros([channels]), Tensor.ones([channels]))
        let moments = try golden.tensor("input").batchNormalized(
            weight: try golden.tensor("weight"), bias: try golden.tensor("bias"), epsilon: 1e-5,
            statistics: .batch(reduce: nil)
        ).moments
        moments?.update(mean: mean, variance: variance, momentum: 0.1)
        expectClose(mean.values(), try golden.tensor("updated_mean").values(), tolerance: 1e-6)
        expectClose(variance.values(), try golden.tensor("updated_variance").values(), tolerance: 1e-6)
    }

    @Test(arguments: [false, true]) func gradientsAgreeWithDifferences(relu: Bool) {
        let inputs = [[3, 2, 2, 3], [3], [3]].enumerated().map { pseudoRandomTensor($1, seed: UInt64($0)) }
        checkGradients(inputs, step: 1e-3) {
            $0[0].batchNormalized(
                weight: $0[1], bias: $0[2], epsilon: 1e-5, statistics: .batch(reduce: nil), relu: relu
            ).output
        }
    }

    /// Two halves of a batch that add their sums give what the whole batch gives.
    @Test func reducedStatisticsMakeHalvesEqualTheWhole() {
        let x = pseudoRandomTensor([2, 3, 4, 7], seed: 1, in: -1...3)
        let upstream = pseudoRandomTensor(x.shape, seed: 2)
        let parameters = [pseudoRandomTensor([7], seed: 3), pseudoRandomTensor([7], seed: 4)]
        let halves = (0..<2).map { x.sliced($0..<$0 + 1, axis: 0) }
        let halfUpstreams = (0..<2).map { upstream.sliced($0..<$0 + 1, axis: 0) }
        let (whole, wholeGradients) = evaluate([x] + parameters, upstream) { normalized($0, nil) }

        // First pass: what each half would send. Second pass: each half gets the other's numbers added.
        var sent: [[[Double]]] = [[], []]
        for half in 0..<2 {
            _ = evaluate([halves[half]] + parameters, halfUpstreams[half]) { normalized($0) { sent[half].append($0) } }
        }
        let forward = zip(sent[0][0], sent[1][0]).map(+)
        var backward: [[Double]] = [[], []]
        for half in 0..<2 {
            var call = 0
            _ = evaluate([halves[half]] + parameters, halfUpstreams[half]) {
                normalized($0) {
                    if call == 0 { $0 = forward } else { backward[half] = $0 }
                    call += 1
                }
            }
        }
        let global = zip(backward[0], backward[1]).map(+)
        for half in 0..<2 {
            var call = 0
            let (output, gradients) = evaluate([halves[half]] + parameters, halfUpstreams[half]) {
                normalized($0) {
                    $0 = call == 0 ? forward : global
                    call += 1
                }
            }
            let range = half * x.count / 2..<(half + 1) * x.count / 2
            expectClose(output, Array(whole[range]), tolerance: 1e-6)
            expectClose(gradients[0], Array(wholeGradients[0][range]), tolerance: 1e-5)
        }
    }

    @Test func largeMeansDoNotSpoilTheVariance() {
        let x = pseudoRandomTensor([400, 2], seed: 1) + 1000
        let y = x.batchNormalized(
            weight: Tensor.ones([2]), bias: Tensor.zeros([2]), epsilon: 0, statistics: .batch(reduce: nil)
        ).output
        #expect(abs(y.sumOfSquares() / Double(y.count) - 1) < 1e-4)
    }

    @Test func anEmptyBatchLeavesRunningStatisticsAlone() {
        let weight = Tensor.ones([3]).trackingGradient()
        let (output, moments) = Tensor.zeros([0, 3]).batchNormalized(
            weight: weight, bias: weight, epsilon: 1e-5, statistics: .batch(reduce: nil))
        let mean = Tensor([1, 2, 3], shape: [3])
        moments?.update(mean: mean, variance: mean, momentum: 0.1)
        #expect(mean.values() == [1, 2, 3])
        runBackward(from: [(output, output.detached())])
        #expect(weight.gradient?.values() == [0, 0, 0])
    }

    private func normalized(_ leaves: [Tensor], _ reduce: ((inout [Double]) -> Void)?) -> Tensor {
        leaves[0].batchNormalized(
            weight: leaves[1], bias: leaves[2], epsilon: 1e-5, statistics: .batch(reduce: reduce), relu: true
        ).output
    }
}

@Suite struct GroupNormTests {
    @Test(arguments: [("plain", 4, false), ("relu", 4, true), ("one_group", 1, false), ("channels", 5, false),
        ("wide", 32, true)])
    func valuesAndGradientsAgreeWithPyTorch(name: String, groups: Int, relu: Bool) throws {
        try GoldenOperation("group_norm", name).expect(inputs: ["input", "weight", "bias"], tolerance: 5e-6) {
            $0[0].groupNormalized(groups: groups, weight: $0[1], bias: $0[2], epsilon: 1e-5, relu: relu)
        }
    }

    @Test(arguments: [false, true]) func gradientsAgreeWithDifferences(relu: Bool) {
        // A channel whose weight is 0 has a gradient too.
        let inputs = [
            pseudoRandomTensor([2, 2, 3, 6], seed: 1), Tensor([0.5, 0, -1, 2, 1, 0.7], shape: [6]),
            pseudoRandomTensor([6], seed: 3),
        ]
        checkGradients(inputs, step: 1e-3) {
            $0[0].groupNormalized(groups: 2, weight: $0[1], bias: $0[2], epsilon: 1e-5, relu: relu)
        }
    }

    /// Blocks of rows meet inside, and images do not mix.
    @Test func manyRowsAgreeWithElementwiseOperations() {
        let inputs = [
            pseudoRandomTensor([2, 40, 30, 12], seed: 1, in: -1...3), pseudoRandomTensor([12], seed: 2),
            pseudoRandomTensor([12], seed: 3),
        ]
        let upstream = pseudoRandomTensor(inputs[0].shape, seed: 4)
        let (fused, fusedGradients) = evaluate(inputs, upstream) {
            $0[0].groupNormalized(groups: 3, weight: $0[1], bias: $0[2], epsilon: 1e-5)
        }
        let (plain, plainGradients) = evaluate(inputs, upstream) {
            let x = $0[0].reshaped([2, 1200, 3, 4])
            let centred = x - x.mean([1, 3], keepingAxes: true)
            let deviation = (centred.squared().mean([1, 3], keepingAxes: true) + 1e-5).squareRoot()
            return (centred / deviation).reshaped([2, 40, 30, 12]) * $0[1] + $0[2]
        }
        expectClose(fused, plain, tolerance: 5e-6)
        for (ours, reference) in zip(fusedGradients, plainGradients) { expectClose(ours, reference, tolerance: 1e-5) }
    }

    @Test func noImagesGiveZeroParameterGradients() {
        let weight = Tensor.ones([4]).trackingGradient()
        let output = Tensor.zeros([0, 2, 2, 4]).groupNormalized(groups: 2, weight: weight, bias: weight, epsilon: 1e-5)
        runBackward(from: [(output, output.detached())])
        #expect(weight.gradient?.values() == [0, 0, 0, 0])
    }

    @Test func channelsThatCannotBeCutIntoGroupsStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let ones = Tensor.ones([4])
            _ = Tensor.zeros([1, 2, 2, 4]).groupNormalized(groups: 3, weight: ones, bias: ones, epsilon: 1e-5)
        }
    }
}

/// Output and gradients of an operation, as host values.
func evaluate(
    _ inputs: [Tensor], _ upstream: Tensor, _ operation: ([Tensor]) -> Tensor
) -> (output: [Float], gradients: [[Float]]) {
    let leaves = inputs.map { $0.trackingGradient() }
    let output = operation(leaves)
    runBackward(from: [(output, upstream)])
    return (output.values(), leaves.map { $0.gradient?.values() ?? [] })
}
