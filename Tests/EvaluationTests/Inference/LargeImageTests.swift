import Evaluation
import Foundation
import ImageIO
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport

/// Images that pass through a network piece by piece.
@Suite struct LargeImageTests {
    /// Three classes whose scores depend on the pixels around.
    private static func scores(_ images: Tensor) -> Tensor {
        let (height, width) = (images.shape[1], images.shape[2])
        return images.resized(height: max(1, height / 4), width: max(1, width / 4)).resized(
            height: height, width: width)
    }

    private static func noise(height: Int, width: Int) -> RGBImage {
        var state: UInt64 = 7
        let pixels = (0..<3 * height * width).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 40)
        }
        return RGBImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    /// Odd sizes, windows that fit and that do not, one row of them and many.
    @Test(arguments: [(67, 83), (40, 200), (200, 40), (16, 16), (96, 64), (31, 33)])
    func classesOfAveragedWindowsAreTheSameToTheLastBit(height: Int, width: Int) throws {
        let image = Self.noise(height: height, width: width)
        for grid in [
            SlidingWindowGrid(windowHeight: 32, windowWidth: 32, strideHeight: 16, strideWidth: 16),
            SlidingWindowGrid(windowHeight: 32, windowWidth: 48, strideHeight: 11, strideWidth: 48),
        ] {
            var predictor = ImagePredictor(mode: .sliding(grid), scores: Self.scores)
            predictor.windowsPerBatch = 2
            let whole = try predictor.predict(image, name: "a")
            predictor.largestWhole = 1
            let pieces = try predictor.predict(image, name: "a")
            #expect(pieces.labels == whole.labels)
            #expect(pieces.confidence == whole.confidence)
        }
    }

    /// Whole images enter in windows of 1536; what lies in the middle of one sees the same pixels around it.
    @Test func wholeImagesEnterInPieces() throws {
        let image = Self.noise(height: 40, width: 4100)
        var entered: [[Int]] = []
        var predictor = ImagePredictor { images in
            entered.append(images.shape)
            return Self.scores(images)
        }
        predictor.largestWhole = 1
        let pieces = try predictor.predict(image, name: "a")
        #expect(entered == [[1, 40, 1536, 3], [1, 40, 1536, 3], [1, 40, 1536, 3], [1, 40, 1536, 3]])
        predictor.largestWhole = .max
        let whole = try predictor.predict(image, name: "a")
        // Windows begin at 0, 1280, 2560 and 2564, all multiples of the four pixels that a score sees.
        #expect(pieces.labels == whole.labels)
        #expect(pieces.confidence.pixels.count == 40 * 4100)
    }

    @Test func confidenceIsLeftOutWhereNobodyAsks() throws {
        let image = Self.noise(height: 8, width: 8)
        var predictor = ImagePredictor(scores: Self.scores)
        let asked = try predictor.predict(image, name: "a")
        predictor.findsConfidence = false
        for limit in [1, 1000] {
            predictor.largestWhole = limit
            let prediction = try predictor.predict(image, name: "a")
            #expect(prediction.confidence.pixels.isEmpty)
            #expect(prediction.labels == asked.labels)
        }
    }

    @Test func anImageThatNeedsMoreMemoryThanIsLeftIsRefusedByName() throws {
        let folder = TemporaryFolder()
        try ImageCodec.writePNG(Self.noise(height: 100, width: 100), to: folder.file("x.png"))
        let header = try ImageCodec.header(ofFile: folder.file("x.png"))
        var predictor = ImagePredictor(scores: Self.scores)
        try predictor.requireMemory(for: header, name: "x.png")
        predictor.bytesPerPixel = 1 << 40
        let error = try #require(evaluationError { try predictor.requireMemory(for: header, name: "x.png") })
        #expect(error.code == .outOfMemory)
        #expect(error.message.hasPrefix("x.png: its 100x100 pixels need about 10485760"), "\(error.message)")
        #expect(
            error.message.hasSuffix("a machine with more memory, or lower evaluation.wholeMegapixels"),
            "\(error.message)")
    }
}
