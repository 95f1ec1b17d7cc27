import Basics
import Collectives
import Datasets
import Evaluation
import FoundationEssentials
import ImageIO
import Reports
import RunLogs
import TensorEngine
import Testing
import Training
import Annotations
import _TestSupport

/// A measure that the package does not know: the share of right pixels, their share in the median image, and in each
/// class.
private struct PixelAccuracy: Measure {
    static let name = "pixel-accuracy"

    struct Tally: Codable, Sendable {
        /// Right and labelled pixels of each class.
        var right: [Int64]
        var labelled: [Int64]
        /// Share of right pixels of each image.
        var images = ImageList<Double>()
    }

    private(set) var tally: Tally

    init(_ subject: MeasureSubject) {
        let none = [Int64](repeating: 0, count: subject.labelSpace.classCount)
        tally = Tally(right: none, labelled: none)
    }

    mutating func add(_ image: MeasuredImage) {
        var (right, all) = (0, 0)
        for (truth, prediction) in zip(image.truth.classes.pixels, image.prediction.classes.pixels) where truth != 255 {
            tally.labelled[Int(truth)] += 1
            all += 1
            guard truth == prediction else { continue }
            tally.right[Int(truth)] += 1
            right += 1
        }
        tally.images.append(all == 0 ? .infinity : Double(right) / Double(all), image: image.index)
    }

    mutating func merge(_ other: Tally) {
        tally.right = zip(tally.right, other.right).map(+)
        tally.labelled = zip(tally.labelled, other.labelled).map(+)
        tally.images.merge(other.images)
    }

    var scores: MeasureScores {
        func share(_ right: Int64, _ all: Int64) -> Double? { all == 0 ? nil : 100 * Double(right) / Double(all) }
        let images = tally.images.elements.sorted()
        return MeasureScores(
            headline: .init("PA", title: "pixel acc.", share(tally.right.reduce(0, +), tally.labelled.reduce(0, +))),
            others: [.init("medianPA", title: "median image", images.isEmpty ? nil : 100 * images[images.count / 2])],
            classes: [.init("recall", zip(tally.right, tally.labelled).map(share))])
    }
}

/// A measure whose second score has the name of one of the house.
private struct HouseNames: Measure {
    static let name = "house-names"
    let tally = 0
    init(_ subject: MeasureSubject) {}
    mutating func add(_ image: MeasuredImage) {}
    mutating func merge(_ other: Int) {}
    var scores: MeasureScores { MeasureScores(headline: .init("own", nil), others: [.init("pixelAccuracy", nil)]) }
}

/// Seven images of four pixels, of which image i has the first i pixels (at most 4) of class 0 and the others of class
/// 1; the last has no label.
private struct StepDataset: SegmentationDataset {
    let name = "steps"
    let labelSpace = LabelSpace.cityscapes19
    let samples = (0..<7).map { SegmentationSample(name: "\($0)", imagePath: "\($0).png", labelPath: "\($0)") }

    func loadImage(_ index: Int) throws(DatasetError) -> RGBImage {
        RGBImage(height: 1, width: 4, channels: 3, filledWith: 0)
    }

    func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        LabelMap(
            height: 1, width: 4, channels: 1, pixels: (0..<4).map { index == 6 ? 255 : $0 < index ? 0 : 1 })
    }

}

@Suite struct MeasureNamesTests {
    /// Everything is class 0.
    private static func sheet(_ measures: [any Measure.Type], ranks: Int) throws -> [ScoreSheet] {
        try ThreadedGroup.run(size: ranks) { world in
            let predictor = ImagePredictor { images in
                Tensor.concatenated(
                    [Tensor.ones(images.shape.dropLast() + [1]), Tensor.zeros(images.shape.dropLast() + [18])], axis: 3)
            }
            let evaluator = try ImageEvaluator(
                predictor, predictedSpace: .cityscapes19, labelSpace: .cityscapes19)
            let dataset = StepDataset()
            return try evaluator.scores(
                of: dataset, by: measures.map { $0.init(evaluator.subject(of: dataset)) }, world: world)
        }
    }

    /// Right are 0, 1, 2, 3, 4 and 4 of 4 pixels.
    @Test(arguments: 1...8) func countsAndListsOfAllRanksAreTogether(ranks: Int) throws {
        let sheets = try Self.sheet([PixelAccuracy.self, SemanticIoU.self], ranks: ranks)
        #expect(sheets.count == ranks && sheets.allSatisfy { $0 == sheets[0] })
        let scores = sheets[0].measures[0]
        let accuracy = 100 * 14.0 / 24
        #expect(scores.headline.value == accuracy)
        // 0, 0.25, 0.5, 0.75, 1, 1, and an image without labels.
        #expect(scores.others.map(\.value) == [75])
        #expect(scores.classes[0].values.prefix(3) == [100, 0, nil])
        #expect(sheets[0].measures[1].headline.value == accuracy / 2)
        let alone = try Self.sheet([PixelAccuracy.self, SemanticIoU.self], ranks: 1)
        #expect(sheets[0] == alone[0])
    }

    @Test func namesThatTwoMeasuresGiveAreFound() throws {
        let subject = MeasureSubject(labelSpace: .cityscapes19)
        let (own, house) = (PixelAccuracy(subject), SemanticIoU(subject))
        #expect(SharedScoreName(among: [own, house]) == nil)
        let shared = try #require(SharedScoreName(among: [house, HouseNames(subject)]))
        #expect(shared.name == "pixelAccuracy" && shared.measures == ["semantic-iou", "house-names"])
    }

    @Test func theProgressSaysItsName() throws {
        #expect(try Self.sheet([PixelAccuracy.self], ranks: 1)[0].summary == "pixel acc. 58.3")
        #expect(
            try Self.sheet([PixelAccuracy.self, SemanticIoU.self], ranks: 1)[0].summary == "pixel acc. 58.3, mIoU 29.2")
    }

    @Test func tableAndDocumentSayItsName() throws {
        let report = ScoreReport(
            labelSpace: .cityscapes19, imageCount: 7,
            columns: [.init(title: "run", scores: try Self.sheet([PixelAccuracy.self], ranks: 3)[0])])
        #expect(report.table.contains("road           100.0\nsidewalk         0.0\nbuilding           -\n"))
        #expect(
            report.table.contains(
                "pixel acc.      58.3\n\n7 images       run\n------------  ----\nmedian image  75.0\n"))
        #expect(report.json.text.contains(#""headline":"PA","scores":[{"title":"run","PA":58.3"#))
        #expect(report.json.text.hasSuffix(#""medianPA":[75.0]}"#))
        #expect(!(report.table + report.json.text).contains("IoU"))
    }

    @Test func logAndSummarySayItsName() throws {
        let run = try Self.finishedRun(seed: 1, Self.sheet([PixelAccuracy.self, SemanticIoU.self], ranks: 2)[0])
        let line = try #require(
            try String(contentsOfFile: run.file("log.jsonl"), encoding: .utf8).split(separator: "\n")
                .first { $0.contains("evaluation") })
        #expect(line.hasPrefix(#"{"step":4,"event":"evaluation","headline":"PA","byClass":"recall","PA":58.3"#))
        #expect(line.contains(#""medianPA":75.0,"recall.road":100.0,"recall.sidewalk":0.0,"mIoU":29.1"#))
        let summary = try RunSummary(try RunRecord.all(in: run.path))
        #expect(summary.markdown().contains("| setting | training | PA, % | over the row before | seed 1 |"))
        #expect(
            summary.markdown().contains(
                "| mean recall, % | plain |\n| --- | --: |\n| road | 100.0 |\n| sidewalk | 0.0 |"))
        #expect(summary.json.text.contains(#"{"seed":"1","PA":58.3"#))
        #expect(!(summary.markdown() + summary.json.text).contains("IoU"))
    }

    @Test func runsOfTwoMeasuresHaveTablesOfTheirOwn() throws {
        let runs = [
            try Self.finishedRun(seed: 1, Self.sheet([PixelAccuracy.self], ranks: 1)[0]),
            try Self.finishedRun(seed: 1, Self.sheet([SemanticIoU.self], ranks: 1)[0]),
        ]
        let summary = try RunSummary(try runs.flatMap { try RunRecord.all(in: $0.path) })
        #expect(summary.benchmarks.map(\.title) == ["render → camera, PA", "render → camera, mIoU"])
    }

    /// A run of four steps with these scores at its end.
    private static func finishedRun(seed: Int, _ sheet: ScoreSheet) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        folder.write(
            """
            name: plain
            seed: \(seed)
            method: source-only
            data:
              source: {kind: toytown, domain: render, root: a}
            training: {steps: 4}
            schedule: {warmupSteps: 1}
            evaluation: {dataset: {kind: toytown, domain: camera, root: b}}
            """, to: "resolved.yaml")
        let log = try RunLog(path: folder.file("log.jsonl"))
        try log.write(event: "evaluation", step: 4, sheet.logMembers)
        try log.write(event: "end", step: 4, [])
        return folder
    }
}
