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
        let images = ImagePredictor.normalized([image]).placed(inHeight: 64, width: 64, top: 0, left: 0)
        return network.encoder(images, in: .evaluation)
    }

    @Test func imagesArePaddedToWholeCellsAndPaddingIsCutAway() throws {
        let network = network(.things)
        let decoder = try #require(network.objectDecoder)
        let prediction = try ImagePredictor(network).predict(image, name: "a")
        let expected = withoutGradients {
            decoder.detections(maps(network), height: 40, width: 50, masksOf: (40, 50), in: .evaluation)[0]
        }
        #expect(prediction.objects == expected && !expected.isEmpty)
        #expect(prediction.segments == nil && !prediction.hasClasses)
        #expect(expected.allSatisfy { $0.box.bottom <= 40 && $0.box.right <= 50 })
    }

    /// So training sees crops of any size as a test does.
    @Test func anyPassPadsImages() throws {
        let network = network(.all)
        let images = ImagePredictor.normalized([image])
        let output = withoutGradients { network(images, in: .evaluation) }
        let maps = maps(network).maps.map { $0.values() }
        #expect(output.features.maps.map { $0.values() } == maps && output.featureImages.shape == [1, 40, 50, 3])
        #expect(withoutGradients { network.features(images, in: .evaluation) }.maps.map { $0.values() } == maps)
        #expect(network.classScores(output, in: .evaluation)?.shape == [1, 40, 50, 4])
        // A comparison with another program shows what the network makes of images as they are.
        let compared = withoutGradients { network.outputs(images, boxes: nil, in: .evaluation) }
        #expect(compared.first { $0.name == "mask_features" }?.value.shape == [1, 10, 13, 32])
    }

    /// Padding holds no object, and points of the losses fall there as well (the authors' code).
    @Test(arguments: [Mask2Former.Coverage.things, .all]) func lossesAreThoseOfThePaddedCrop(
        coverage: Mask2Former.Coverage
    ) throws {
        let network = network(coverage)
        let decoder = try #require(network.objectDecoder)
        let mask = ObjectMask((5..<25).map { PixelRun(row: $0, start: 7, end: 40) })
        func losses(_ images: Tensor) throws -> [Float] {
            let (height, width) = (images.shape[1], images.shape[2])
            let labels = (0..<height * width).map { place -> Int32 in
                place / width < 40 && place % width < 50 ? (place % width < 20 ? 0 : 1) : 255
            }
            let batch = ObjectBatch(
                objects: [[AnnotatedObject(trainID: 3, mask: mask)]], labels: labels, height: height, width: width,
                slots: [0], seed: 1, step: 2, pass: "source", makeGlobal: { _ in })
            let features = network(images, in: .evaluation).features
            return try decoder.losses(features, batch, in: .evaluation).map { $0.loss.item() }
        }
        let crop = ImagePredictor.normalized([image])
        let expected = try losses(crop.placed(inHeight: 64, width: 64, top: 0, left: 0))
        #expect(try losses(crop) == expected && expected.allSatisfy { $0 > 0 })
    }

    @Test func queriesOfAllClassesGiveClassesAndSegments() throws {
        let network = network(.all)
        let decoder = try #require(network.objectDecoder)
        let prediction = try ImagePredictor(network).predict(image, name: "a")
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
        let whole = try ImagePredictor(network).predict(image, name: "a")
        let grid = SlidingWindowGrid(windowHeight: 32, windowWidth: 32, strideHeight: 16, strideWidth: 16)
        let windows = try ImagePredictor(network, mode: .sliding(grid)).predict(image, name: "a")
        #expect(windows.segments == whole.segments && windows.objects == whole.objects)
    }
}
