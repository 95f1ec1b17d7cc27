import NN
import TensorEngine
import Testing
import _TestSupport

@Suite struct TransposedConvolutionTests {
    @Test(arguments: ["plain", "wide"]) func valuesAndGradientsAgreeWithPyTorch(_ name: String) throws {
        try GoldenOperation("transposed_convolution", name)
            .expect(inputs: ["input", "weight", "bias"], tolerance: sumTolerance) {
                $0[0].transposedConvolution2x2(weight: $0[1], bias: $0[2])
            }
    }

    @Test func gradientsAgreeWithDifferences() {
        checkGradients([pseudoRandomTensor([2, 2, 3, 3], seed: 1), pseudoRandomTensor([3, 2, 2, 2], seed: 2)]) {
            $0[0].transposedConvolution2x2(weight: $0[1])
        }
    }

    /// More rows than a block of the kernel has, against one product.
    @Test func manyMapsAgreeWithAProduct() {
        let (input, weight) = (
            pseudoRandomTensor([40, 9, 11, 16], seed: 1), pseudoRandomTensor([16, 2, 2, 16], seed: 2)
        )
        let upstream = pseudoRandomTensor([40, 18, 22, 16], seed: 3)
        let (values, gradients) = evaluate([input, weight], upstream) { $0[0].transposedConvolution2x2(weight: $0[1]) }
        let (expected, expectedGradients) = evaluate([input, weight], upstream) {
            $0[0].reshaped([40 * 9 * 11, 16]).product($0[1].reshaped([16, 64]))
                .reshaped([40, 9, 11, 2, 2, 16]).permuted([0, 1, 3, 2, 4, 5]).reshaped([40, 18, 22, 16])
        }
        expectClose(values, expected, tolerance: sumTolerance)
        expectClose(gradients[0], expectedGradients[0], tolerance: sumTolerance)
        expectClose(gradients[1], expectedGradients[1], tolerance: 2 * sumTolerance)
    }

    @Test func theLayerHasTheWeightThatFilesOfPyTorchHave() {
        let layer = ConvTranspose2x2(inputs: 3, outputs: 5, in: ModuleScope(seed: 1).child("upsample"))
        #expect(layer.weight.value.shape == [3, 2, 2, 5])
        // PyTorch takes the outputs for the fan-in: 1 / sqrt(20).
        let largest = layer.weight.value.absolute().values().max() ?? 0
        #expect(largest <= 0.2236068 && largest > 0.15)
        #expect(layer(Tensor.ones([2, 4, 6, 3])).shape == [2, 8, 12, 5])
    }

    @Test func noMapsGiveNoOutputAndZeroGradients() {
        let parameters = [Tensor.ones([3, 2, 2, 5]), Tensor.ones([5])].map { $0.trackingGradient() }
        let output = Tensor.zeros([0, 4, 4, 3]).transposedConvolution2x2(weight: parameters[0], bias: parameters[1])
        #expect(output.shape == [0, 8, 8, 5])
        output.sum().backward()
        #expect(parameters.allSatisfy { $0.gradient?.values().allSatisfy { $0 == 0 } == true })
    }

    @Test func everySecondCellAgreesWithPyTorch() throws {
        try GoldenOperation("transposed_convolution", "subsampled").expect(tolerance: 0) { $0[0].subsampled(by: 2) }
    }

    @Test func aMapIsItsOwnSubsampleByOneAndOneCellByMany() {
        let map = pseudoRandomTensor([2, 3, 4, 2], seed: 1)
        #expect(map.subsampled(by: 1).values() == map.values())
        let corners = map.subsampled(by: 7)
        #expect(corners.shape == [2, 1, 1, 2])
        #expect(corners.values() == [0, 1, 24, 25].map { map.values()[$0] })
    }

    @Test func upsamplingRepeatsCellsToAnyNextSize() {
        let map = Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3, 1]).trackingGradient()
        let twice = map.upsampledNearest(height: 4, width: 6)
        #expect(twice.values() == [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 4, 4, 5, 5, 6, 6])
        twice.sum().backward()
        #expect(map.gradient?.values() == [4, 4, 4, 4, 4, 4])
        #expect(map.upsampledNearest(height: 3, width: 5).values() == [1, 1, 2, 2, 3, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6])
    }
}
