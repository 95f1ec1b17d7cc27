import Configuration
import Evaluation
import Foundation
import ImageIO
import NN
import SegmentationModels
import TensorEngine
import Testing

/// Two classes: the score of class 1 is the normalised red value, that of class 0 is 0.
private func redScores(_ images: Tensor) -> Tensor {
    let red = images.sliced(0..<1, axis: 3)
    return Tensor.concatenated([Tensor.zeros(red.shape), red], axis: 3)
}

/// Columns of red 0 and 255, which normalise to about -2.1 and 2.6.
private func stripes(_ reds: [UInt8], height: Int = 1) -> RGBImage {
    let row: [UInt8] = reds.flatMap { red -> [UInt8] in [red, 0, 0] }
    return RGBImage(
        height: height, width: reds.count, channels: 3, pixels: [[UInt8]](repeating: row, count: height).flatMap { $0 })
}

private func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

@Suite struct ImagePredictorTests {
    @Test func pixelsAreNormalisedByTheStatisticsOfImageNet() {
        let image = RGBImage(height: 1, width: 2, channels: 3, pixels: [0, 255, 100, 124, 116, 104])
        let expected: [Float] = [
            -123.675 / 58.395, (255 - 116.28) / 57.12, (100 - 103.53) / 57.375, 0.325 / 58.395, -0.28 / 57.12,
            0.47 / 57.375,
        ]
        let normalized = ImagePredictor.normalized([image])
        #expect(normalized.shape == [1, 1, 2, 3])
        // one rounding of the subtraction and one of the division
        #expect(zip(normalized.values(), expected).allSatisfy { abs($0 - $1) <= 1e-6 })
    }

    @Test func aWholeImageIsClassified() throws {
        let prediction = try ImagePredictor(scores: redScores)
            .predict(stripes([0, 255, 255, 0], height: 3), name: "a")
        #expect(prediction.labels.height == 3 && prediction.labels.width == 4)
        #expect(prediction.labels.pixels == [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0])
        #expect(abs(prediction.confidence[0, 1] - sigmoid((255 - 123.675) / 58.395)) < 1e-5)
        #expect(abs(prediction.confidence[0, 0] - sigmoid(123.675 / 58.395)) < 1e-5)
    }

    @Test func theImageEntersAtTheInputSizeAndTheClassesComeAtItsOwn() throws {
        var entered: [Int] = []
        var predictor = ImagePredictor { images in
            entered = images.shape
            return redScores(images).resized(height: 1, width: 2)
        }
        predictor.inputSize = { (height: $0 / 2, width: $1 / 2) }
        let prediction = try predictor.predict(stripes([0, 0, 0, 0, 255, 255, 255, 255], height: 2), name: "a")
        #expect(entered == [1, 1, 4, 3])
        #expect(prediction.labels.pixels == [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1])
    }

    @Test func windowsAreOneBatchAndTheirScoresAreAveraged() throws {
        var entered: [Int] = []
        // Window b gives class 0 the score b and class 1 the score 0, at a stride of 2.
        let predictor = ImagePredictor(
            mode: .sliding(SlidingWindowGrid(windowHeight: 2, windowWidth: 4, strideHeight: 2, strideWidth: 2))
        ) { images in
            entered = images.shape
            let scores = (0..<images.shape[0]).flatMap { window -> [Float] in [Float(window), 0, Float(window), 0] }
            return Tensor(scores, shape: [images.shape[0], 1, 2, 2])
        }
        let prediction = try predictor.predict(stripes([UInt8](repeating: 0, count: 7), height: 2), name: "a")
        #expect(entered == [3, 2, 4, 3])
        // Windows start at 0, 2 and 3: columns see windows 0 | 0 | 0,1 | 0,1,2 | 1,2 | 1,2 | 2.
        let means: [Float] = [0, 0, 0.5, 1, 1.5, 1.5, 2]
        for y in 0..<2 {
            for x in 0..<7 { #expect(abs(prediction.confidence[y, x] - sigmoid(means[x])) < 1e-5) }
        }
        #expect(prediction.labels.pixels.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [(1, [1, 1, 1, 1, 1, 1]), (4, [4, 2]), (6, [6]), (7, [6])])
    func windowsCanPassInSmallerBatches(limit: Int, batches: [Int]) throws {
        let image = stripes((0..<11).map { UInt8($0 * 23) }, height: 7)
        let grid = SlidingWindowGrid(windowHeight: 5, windowWidth: 5, strideHeight: 3, strideWidth: 3)
        var entered: [Int] = []
        var predictor = ImagePredictor(mode: .sliding(grid)) { images in
            entered.append(images.shape[0])
            return redScores(images)
        }
        let whole = try predictor.predict(image, name: "a")
        entered = []
        predictor.windowsPerBatch = limit
        let parts = try predictor.predict(image, name: "a")
        #expect(entered == batches)
        #expect(parts.labels == whole.labels && parts.confidence == whole.confidence)
    }

    @Test func windowsOfAPixelwiseNetworkGiveWhatTheWholeImageGives() throws {
        let reds = (0..<11 * 13).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: index * 97) }
        let image = RGBImage(height: 11, width: 13, channels: 3, pixels: reds.flatMap { [$0, 0, 0] })
        let whole = try ImagePredictor(scores: redScores).predict(image, name: "a")
        let grid = SlidingWindowGrid(windowHeight: 5, windowWidth: 6, strideHeight: 3, strideWidth: 2)
        let windows = try ImagePredictor(mode: .sliding(grid), scores: redScores).predict(image, name: "a")
        #expect(windows.labels == whole.labels)
        #expect(zip(windows.confidence.pixels, whole.confidence.pixels).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func nothingIsRecordedForGradients() throws {
        let weight = Tensor.ones([1]).trackingGradient()
        var sawGradient = true
        _ = try ImagePredictor { images in
            let scores = redScores(images) * weight
            sawGradient = scores.requiresGradient
            return scores
        }.predict(stripes([0]), name: "a")
        #expect(!sawGradient)
    }

    @Test func anImageBelowTheSmallestSideIsRefused() {
        let error = evaluationError {
            _ = try ImagePredictor(smallestSide: 29, scores: redScores)
                .predict(stripes([0, 0], height: 40), name: "folder/a.png")
        }
        #expect(error?.code == .imageTooSmall)
        #expect(
            error?.message == "folder/a.png: enters the network as 2x40, which needs at least 29 pixels a side; "
                + "use a larger image, size or window")
        #expect(
            evaluationError { _ = try ImagePredictor(scores: redScores).predict(stripes([]), name: "a") }?.code
                == .imageTooSmall)
    }
}

@Suite struct NetworkPredictorTests {
    private static var config: SegmentationNetwork.Config {
        var decoder = DAFormerHead.Config()
        decoder.width = 8
        return SegmentationNetwork.Config(
            encoder: MixTransformer.Config(channels: [8, 16, 40, 64], depths: [1, 1, 1, 1], heads: [1, 2, 5, 8]),
            decoder: decoder, classCount: 3)
    }

    private let network = SegmentationNetwork(Self.config, in: ModuleScope(seed: 3))

    private func noise(height: Int, width: Int) -> RGBImage {
        RGBImage(
            height: height, width: width, channels: 3,
            pixels: (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) })
    }

    @Test func imagesOfAnySizeFromTheSmallestOnAreTaken() throws {
        let predictor = ImagePredictor(network)
        #expect(predictor.smallestSide == 29)
        for (height, width) in [(29, 29), (30, 45), (64, 33)] {
            let prediction = try predictor.predict(noise(height: height, width: width), name: "a")
            #expect(prediction.labels.height == height && prediction.labels.width == width)
            #expect(prediction.confidence.pixels.allSatisfy { $0 > 1.0 / 3 - 1e-5 && $0 <= 1 })
        }
        let error = evaluationError { _ = try predictor.predict(noise(height: 28, width: 64), name: "a") }
        #expect(error?.code == .imageTooSmall)
    }

    /// The context, half as large, must still fit the encoder; detail comes in windows of 32 x 64 pixels.
    @Test func imagesOfAnySizeAreTakenAtTwoResolutions() throws {
        var config = Self.config
        var resolutions = MultiResolutionConfig()
        resolutions.detail = .init(height: 32, width: 64)
        config.multiResolution = resolutions
        let network = SegmentationNetwork(config, in: ModuleScope(seed: 3))
        let grid = SlidingWindowGrid(windowHeight: 72, windowWidth: 80, strideHeight: 36, strideWidth: 40)
        for mode in [ImagePredictor.Mode.whole, .sliding(grid)] {
            let predictor = ImagePredictor(network, mode: mode)
            #expect(predictor.smallestSide == 58)
            for (height, width) in [(58, 58), (64, 64), (75, 130), (97, 101)] {
                let prediction = try predictor.predict(noise(height: height, width: width), name: "a")
                #expect(prediction.labels.height == height && prediction.labels.width == width)
                #expect(prediction.confidence.pixels.allSatisfy { $0 > 1.0 / 3 - 1e-5 && $0 <= 1 })
            }
            let error = evaluationError { _ = try predictor.predict(noise(height: 57, width: 64), name: "a") }
            #expect(error?.code == .imageTooSmall)
        }
    }

    @Test func oneWindowAsLargeAsTheImageGivesTheWholeImage() throws {
        let image = noise(height: 40, width: 40)
        let grid = SlidingWindowGrid(windowHeight: 64, windowWidth: 64, strideHeight: 32, strideWidth: 32)
        let whole = try ImagePredictor(network).predict(image, name: "a")
        let window = try ImagePredictor(network, mode: .sliding(grid)).predict(image, name: "a")
        #expect(window.labels == whole.labels)
        #expect(zip(window.confidence.pixels, whole.confidence.pixels).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}
