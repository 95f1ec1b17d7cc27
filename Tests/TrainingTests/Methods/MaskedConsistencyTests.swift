import Mixing
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// `make_masked_consistency.py`: two images of 24x40 pixels, blocks of 7, one convolution as the network.
@Suite struct MaskedConsistencyTests {
    private let fixture: SafeTensorsFile

    init() throws { fixture = try SafeTensorsFile(Fixture.path("adaptation/masked_consistency.safetensors")) }

    @Test func maskedImagesLossAndGradientAgreeWithTorch() throws {
        let (height, width) = (24, 40)
        let shape = try fixture.entry("visible").shape
        let visible = try fixture.floats("visible").map { $0 > 0 }
        var pixels = try fixture.floats("image")
        pixels.withUnsafeMutableBufferPointer { pixels in
            let (blocks, size) = (shape[1] * shape[2], height * width * 3)
            for image in 0..<2 {
                BlockMask(
                    rows: shape[1], columns: shape[2],
                    isVisible: Array(visible[image * blocks..<(image + 1) * blocks])
                ).hide(
                    in: UnsafeMutableBufferPointer(rebasing: pixels[image * size..<(image + 1) * size]),
                    height: height, width: width)
            }
        }
        #expect(try pixels == fixture.floats("masked"))

        let stored = Tensor(try fixture.floats("weight"), shape: [5, 3, 4, 4])
        let weight = FrameworkLayout.tensor(toOurs: stored).trackingGradient()
        let logits = Tensor(pixels, shape: [2, height, width, 3]).convolution(weight: weight, stride: 4)
        let labels = IndexTensor(try fixture.integers("labels").map { Int32($0) }, shape: [2, height, width])
        let weights = Tensor(try fixture.floats("weights"), shape: [2, height, width])
        let sum = logits.upsampledCrossEntropy(labels: labels, weights: weights, ignoreIndex: 255)
        let loss = sum / Float(2 * height * width)
        loss.backward()
        // fp32 round-off of sums over 2000 pixels.
        expectClose([loss.item()], try fixture.floats("loss"), tolerance: 1e-5, "loss")
        let gradient = weight.gradient.map { FrameworkLayout.tensor(fromOurs: $0).values() } ?? []
        expectClose(gradient, try fixture.floats("gradient"), tolerance: 1e-5, "gradient")
    }
}
