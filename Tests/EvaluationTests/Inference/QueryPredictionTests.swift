import Annotations
import Evaluation
import ImageIO
import NN
import SegmentationModels
import TensorEngine
import Testing

/// Predictions of a network that has queries and no decoder of classes.
@Suite struct QueryPredictionTests {
    private let image: RGBImage = {
        let pixels = (0..<40 * 50 * 3).map { (index: Int) -> UInt8 in UInt8((index * 37 + index / 90 * 11) % 256) }
        return RGBImage(height: 40, width: 50, channels: 3, pixels: pixels)
    }()

    private func network(_ coverage: Mask2Former.Coverage) -> SegmentationNetwork {
        var decoder = Mask2Former.Config()
        decoder.width = 32
        decoder.queries = 12
        decoder.classes = coverage
        decoder.pixelDecoder.layers = 1
        decoder.pixelDecoder.hidden = 16
        decoder.transformer.layers = 3
        decoder.transformer.hidden = 16
        decoder.detections.segmentScore = 0
        decoder.detections.segmentShare = 0
        let encoder = MixTransformer.Config(channels: [8, 16, 24, 32], depths: [1, 1, 1, 1], heads: [1, 2, 3, 4])
        return SegmentationNetwork(
            .init(encoder: encoder, decoder: nil, classCount: 4, objects: (decoder, [2, 3])), in: ModuleScope(seed: 6))
    }

    /// The maps of the image with zeros up to 64 x 64.
    private func maps(_ network: SegmentationNetwork) -> FeaturePyramid {
        let images = SemanticPredictor.normalized([image]).placed(inHeight: 64, width: 64, top: 0, left: 0)
        return network.encoder(images, in: .evaluation)
    }

    @Test func imagesArePaddedToWholeCellsAndPaddingIsCutAway() throws {
        let network = network(.things)
        let decoder = try #require(network.objectDecoder)
        let prediction = try SemanticPredictor(network).predict(image, name: "a")
        let expected = withoutGradients {
            decoder.detections(maps(network), height: 40, width: 50, masksOf: (40, 50), in: .evaluation)[0]
        }
        #expect(prediction.objects == expected && !expected.isEmpty)
        #expect(prediction.segments == nil && !prediction.hasClasses)
        #expect(expected.allSatisfy { $0.box.bottom <= 40 && $0.box.right <= 50 })
    }

    @Test func queriesOfAllClassesGiveClassesAndSegments() throws {
        let network = network(.all)
        let decoder = try #require(network.objectDecoder)
        let prediction = try SemanticPredictor(network).predict(image, name: "a")
        let (scores, segments) = withoutGradients {
            (
                decoder.classScores(maps(network), height: 40, width: 50, in: .evaluation),
                decoder.segments(maps(network), height: 40, width: 50, mapsOf: (40, 50), in: .evaluation)
            )
        }
        #expect(prediction.hasClasses && prediction.labels.pixels == scores?.classified(height: 40, width: 50).labels)
        #expect(prediction.segments == segments?.first && prediction.segments != nil)
    }

    /// Windows say classes; objects and segments are those of the whole image.
    @Test func segmentsComeFromTheWholeImageWhereClassesComeFromWindows() throws {
        let network = network(.all)
        let whole = try SemanticPredictor(network).predict(image, name: "a")
        let grid = SlidingWindowGrid(windowHeight: 32, windowWidth: 32, strideHeight: 16, strideWidth: 16)
        let windows = try SemanticPredictor(network, mode: .sliding(grid)).predict(image, name: "a")
        #expect(windows.segments == whole.segments && windows.objects == whole.objects)
    }
}
