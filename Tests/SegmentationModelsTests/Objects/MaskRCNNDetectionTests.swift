import Annotations
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport

struct MaskRCNNDetectionTests {
    @Test func classesScoresAndMasksAgreeWithPyTorch() throws {
        let tiny = try TinyMaskRCNN()
        let found = try tiny.decoder().detections(
            tiny.pyramid(), height: 64, width: 96, masksOf: (128, 192), in: .evaluation)
        let images = try tiny.fixture.integers("found.images").map { Int($0) }
        let (classes, scores) = (try tiny.fixture.integers("found.classes"), try tiny.fixture.floats("found.scores"))
        let masks = try tiny.masks("found.masks")
        for image in 0..<2 {
            let places = images.indices.filter { images[$0] == image && !masks[$0].isEmpty }
            #expect(found[image].count == places.count)
            for (object, place) in zip(found[image], places) {
                #expect(object.trainID == TinyMaskRCNN.things[Int(classes[place])])
                expectClose([object.score ?? 0], [scores[place]], tolerance: 1e-5)
                #expect(object.mask == masks[place], "image \(image), object \(place)")
            }
        }
    }

    @Test func detectionsKeepNoTapeAndCostNoGradient() throws {
        let tiny = try TinyMaskRCNN()
        let pyramid = try tiny.pyramid()
        _ = try tiny.decoder().detections(pyramid, height: 64, width: 96, masksOf: (64, 96), in: .evaluation)
        #expect(pyramid.maps.allSatisfy { $0.gradient == nil })
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func mapsWithoutNumbersShowNothing(_ value: Float) throws {
        let maps = TinyMaskRCNN.layout.levels.map { level in
            Tensor(repeating: value, shape: [2, 64 / level.stride, 96 / level.stride, level.channels])
        }
        let found = try TinyMaskRCNN().decoder().detections(
            FeaturePyramid(TinyMaskRCNN.layout, maps: maps), height: 64, width: 96, masksOf: (64, 96), in: .evaluation)
        #expect(found == [[], []])
    }

    /// Nothing divides anything: 37 x 53 pixels, whose maps are 10 x 14, 5 x 7, 3 x 4 and 2 x 2.
    @Test func anySizeIsLookedAt() throws {
        let maps = zip([(10, 14), (5, 7), (3, 4), (2, 2)], TinyMaskRCNN.layout.levels).enumerated().map { seed, level in
            pseudoRandomTensor([1, level.0.0, level.0.1, level.1.channels], seed: UInt64(seed))
        }
        let found = try TinyMaskRCNN().decoder().detections(
            FeaturePyramid(TinyMaskRCNN.layout, maps: maps), height: 37, width: 53, masksOf: (41, 59), in: .evaluation)
        #expect(!found[0].isEmpty)
        #expect(found[0].allSatisfy { $0.box.bottom <= 41 && $0.box.right <= 59 && !$0.mask.isEmpty })
        let scores = found[0].compactMap(\.score)
        #expect(scores == scores.sorted(by: >) && scores.allSatisfy { $0 > 0.05 && $0 <= 1 })
    }
}
