import Evaluation
import ImageIO
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Images that enter the network smaller than they are, against mmsegmentation's way to their size.
@Suite struct ReferenceInferenceTests {
    private let file: SafeTensorsFile
    private let image: RGBImage
    /// Probabilities, after sums of 48 products of values up to about 2.6, two resizes and an exponential.
    private let tolerance: Float = 1e-5
    private static let size = (height: 32, width: 48)

    init() throws {
        file = try SafeTensorsFile(Fixture.path("evaluation/inference.safetensors"))
        let pixels = try file.floats("pixels").map { UInt8($0) }
        var wide: [UInt8] = []
        for row in 0..<2 * Self.size.height {
            let start = row / 2 * Self.size.width * 3
            for column in 0..<3 * Self.size.width {
                let place = start + column / 3 * 3
                wide += pixels[place..<place + 3]
            }
        }
        image = RGBImage(height: 2 * Self.size.height, width: 3 * Self.size.width, channels: 3, pixels: wide)
    }

    private func tensor(_ name: String) throws -> Tensor {
        Tensor(try file.floats(name), shape: try file.entry(name).shape)
    }

    private func predictor(_ mode: ImagePredictor.Mode) throws -> ImagePredictor {
        let (weight, bias) = (try tensor("weight"), try tensor("bias"))
        var predictor = ImagePredictor(mode: mode) { $0.convolution(weight: weight, bias: bias, stride: 4) }
        predictor.inputSize = { _, _ in Self.size }
        return predictor
    }

    private static let windows = SlidingWindowGrid(windowHeight: 32, windowWidth: 32, strideHeight: 16, strideWidth: 16)

    @Test(arguments: [("whole", ImagePredictor.Mode.whole), ("sliding", .sliding(windows))])
    func scoresAreResizedToTheInputAndThenToTheFile(name: String, mode: ImagePredictor.Mode) throws {
        let prediction = try predictor(mode).predict(image, name: "a")
        let labels = try file.floats("\(name).labels")
        let confidence = try file.floats("\(name).confidence")
        #expect(prediction.labels.pixels.count == labels.count)
        // Where two classes are as likely to the last digit, either may be taken.
        let others = zip(prediction.labels.pixels, labels).count { Float($0) != $1 }
        #expect(others <= labels.count / 1000, "\(others) of \(labels.count) pixels have another class")
        #expect(zip(prediction.confidence.pixels, confidence).allSatisfy { abs($0 - $1) <= tolerance })
    }

    @Test func oneStepWouldGiveOtherClasses() throws {
        let (weight, bias) = (try tensor("weight"), try tensor("bias"))
        let input = image.resizedBilinear(height: Self.size.height, width: Self.size.width)
        let once = ImagePredictor.normalized([input]).convolution(weight: weight, bias: bias, stride: 4)
            .classified(height: image.height, width: image.width).labels
        let twice = try predictor(.whole).predict(image, name: "a").labels.pixels
        let share = Double(zip(once, twice).count { $0 != $1 }) / Double(once.count)
        // As make_inference.py prints.
        #expect(abs(share - 0.01845) < 0.001, "\(share) of the pixels")
    }
}
