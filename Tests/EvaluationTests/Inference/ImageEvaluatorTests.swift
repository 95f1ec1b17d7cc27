import Annotations
import Datasets
import Evaluation
import ImageIO
import TensorEngine
import Testing
import _TestSupport

/// Five images of one row whose red values say the class that `redScores` gives them.
private struct RedDataset: SegmentationDataset {
    let name = "red"
    let labelSpace: LabelSpace
    let samples = (0..<5).map { SegmentationSample(name: "\($0)", imagePath: "\($0).png", labelPath: "\($0)") }
    var isBroken = false
    var hasObjects = false

    func loadImage(_ index: Int) throws(DatasetError) -> RGBImage {
        RGBImage(height: 1, width: 4, channels: 3, pixels: [0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 0])
    }

    /// Image `index` has `index` pixels right, from the left; the others are class 2.
    func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        if isBroken { throw DatasetError(.unreadable, "\(index).png: is broken; restore the file") }
        let right: [UInt8] = [0, 1, 1, 0]
        return LabelMap(
            height: 1, width: 4, channels: 1, pixels: (0..<4).map { $0 < index ? right[$0] : 2 })
    }

    /// Image `index` has `index` cars of one pixel each.
    func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        guard hasObjects else { return nil }
        let cars = (0..<index).map {
            AnnotatedObject(trainID: 13, mask: ObjectMask([PixelRun(row: 0, start: $0, end: $0 + 1)]))
        }
        return ImageObjects(height: 1, width: 4, objects: cars)
    }
}

/// A measure of objects: how many there are.
private struct ObjectCount: Measure {
    static let name = "object-count"
    static let needsObjects = true
    private(set) var tally: [Int64] = [0]

    init(_ subject: MeasureSubject) {}
    mutating func add(_ image: MeasuredImage) { tally[0] += Int64(image.truth.objects?.count ?? -1000) }
    mutating func merge(_ other: [Int64]) { tally[0] += other[0] }
    var scores: MeasureScores { MeasureScores(headline: .init("objects", Double(tally[0]))) }
}

@Suite struct ImageEvaluatorTests {
    /// Nineteen classes, of which class 1 wins where the image is red and class 0 where it is not.
    private let predictor = ImagePredictor { images in
        let red = images.sliced(0..<1, axis: 3)
        return Tensor.concatenated(
            [Tensor.zeros(red.shape), red] + [Tensor](repeating: Tensor(repeating: -9, shape: red.shape), count: 17),
            axis: 3)
    }

    private func evaluator(_ destination: LabelSpace = .cityscapes19) throws -> ImageEvaluator {
        try ImageEvaluator(predictor, predictedSpace: .cityscapes19, labelSpace: destination)
    }

    private func confusion(
        _ dataset: RedDataset, as space: LabelSpace = .cityscapes19, share: ImageShare = .whole,
        observe: (RGBImage, MeasuredImage) -> Void = { _, _ in }
    ) throws -> ConfusionMatrix {
        let evaluator = try evaluator(space)
        var measures: [any Measure] = [SemanticIoU(evaluator.subject(of: dataset))]
        try evaluator.measure(dataset, share: share, by: &measures, observe: observe)
        return try #require(measures[0] as? SemanticIoU).confusion.total
    }

    @Test func everyImageIsCounted() throws {
        var seen: [Int] = []
        let matrix = try confusion(RedDataset(labelSpace: .cityscapes19)) { _, measured in
            seen.append(measured.index)
            #expect(measured.prediction.classes.pixels == [0, 1, 1, 0])
        }
        #expect(seen == [0, 1, 2, 3, 4])
        // Images 1 to 4 have their first pixel right, 2 to 4 the second, and so on.
        #expect(matrix[truth: 0, prediction: 0] == 4 + 1)
        #expect(matrix[truth: 1, prediction: 1] == 3 + 2)
        #expect(matrix[truth: 2, prediction: 0] == 1 + 4)
        #expect(matrix[truth: 2, prediction: 1] == 2 + 3)
    }

    @Test(arguments: 1...7) func sharesAddUpToTheWhole(count: Int) throws {
        let whole = try confusion(RedDataset(labelSpace: .cityscapes19))
        var sum = ConfusionMatrix(classCount: 19)
        for rank in 0..<count {
            sum += try confusion(
                RedDataset(labelSpace: .cityscapes19), share: ImageShare(rank: rank, count: count))
        }
        #expect(sum == whole)
    }

    @Test func predictionsAreReadInTheLabelsClasses() throws {
        // road and sidewalk are CamVid's road (3) and pavement (4)
        let matrix = try confusion(RedDataset(labelSpace: .camvid11), as: .camvid11)
        #expect((0..<11).allSatisfy { matrix[truth: 2, prediction: $0] == ([3, 4].contains($0) ? 5 : 0) })
    }

    @Test func aBrokenFileIsNamed() {
        let error = evaluationError {
            _ = try confusion(RedDataset(labelSpace: .cityscapes19, isBroken: true))
        }
        #expect(error?.code == .unreadable)
        #expect(error?.message == "0.png: is broken; restore the file")
    }

    @Test func objectsAreReadForMeasuresThatNeedThem() throws {
        let evaluator = try evaluator()
        var dataset = RedDataset(labelSpace: .cityscapes19, hasObjects: true)
        let subject = evaluator.subject(of: dataset)
        var measures: [any Measure] = [SemanticIoU(subject), ObjectCount(subject)]
        try evaluator.measure(dataset, by: &measures)
        #expect(measures[1].scores.headline.value == 10)
        var plain: [any Measure] = [SemanticIoU(subject)]
        try evaluator.measure(dataset, by: &plain) { _, measured in #expect(measured.truth.objects == nil) }

        dataset.hasObjects = false
        let error = evaluationError { try evaluator.measure(dataset, by: &measures) }
        #expect(error?.message.contains("has no file of objects, which the measure object-count needs") == true)
    }
}
