import SegmentationModels
import TensorEngine
import Testing

@Suite struct FeaturePyramidTests {
    private let layout = FeaturePyramid.Layout(strides: [2, 8], channels: [3, 5])

    @Test func levelsAreFoundByWhatTheyAre() throws {
        let (fine, deep) = (Tensor.ones([1, 4, 4, 3]), Tensor.zeros([1, 1, 1, 5]))
        let pyramid = FeaturePyramid(layout, maps: [fine, deep])
        #expect(pyramid.finest.shape == fine.shape && pyramid.deepest.shape == deep.shape)
        #expect(pyramid[stride: 8]?.shape == deep.shape && pyramid[stride: 4] == nil)
        #expect(layout.finest.stride == 2 && layout.deepest.channels == 5 && layout.channels == [3, 5])
    }

    @Test func mapsOfOtherChannelsAreRefused() async {
        await #expect(processExitsWith: .failure) {
            let layout = FeaturePyramid.Layout(strides: [2, 8], channels: [3, 5])
            _ = FeaturePyramid(layout, maps: [Tensor.ones([1, 4, 4, 3]), Tensor.ones([1, 1, 1, 4])])
        }
        await #expect(processExitsWith: .failure) { _ = FeaturePyramid.Layout(strides: [8, 4], channels: [3, 5]) }
    }
}
