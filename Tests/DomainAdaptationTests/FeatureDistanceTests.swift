import DomainAdaptation
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct FeatureDistanceTests {
    private let distance = FeatureDistance(
        .init(), classes: [6, 7, 11, 12, 13, 14, 15, 16, 17, 18],
        frozen: MixTransformer(.b0, in: ModuleScope(seed: nil)))

    /// `make_feature_distance.py`: two images of 4x6 cells.
    @Test func maskLossAndGradientAgreeWithTorch() throws {
        let fixture = try SafeTensorsFile(Fixture.path("adaptation/feature_distance.safetensors"))
        let labels = IndexTensor(try fixture.integers("labels").map { Int32($0) }, shape: [2, 32, 48])
        let mask = distance.mask(labels: labels, rows: 4, columns: 6)
        #expect(try mask.values() == fixture.floats("mask"))

        let shape = [2, 4, 6, 5]
        let student = Tensor(try fixture.floats("student"), shape: shape).trackingGradient()
        let frozen = Tensor(try fixture.floats("frozen"), shape: shape)
        let loss = distance.weightedSum(features: student, reference: frozen, mask: mask) / mask.sum().item()
        loss.backward()
        // fp32 round-off of a sum of a few dozen terms.
        expectClose([loss.item()], try fixture.floats("loss"), tolerance: 1e-5, "loss")
        expectClose(student.gradient?.values() ?? [], try fixture.floats("gradient"), tolerance: 1e-5, "gradient")
    }

    @Test func equalFeaturesHaveNoGradientRatherThanNaN() {
        let features = Tensor([1, 2], shape: [1, 1, 1, 2]).trackingGradient()
        distance.weightedSum(features: features, reference: features.detached(), mask: Tensor.ones([1, 1, 1]))
            .backward()
        #expect(features.gradient?.values() == [0, 0])
    }
}
