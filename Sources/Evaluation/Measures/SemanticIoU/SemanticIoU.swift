internal import Annotations
internal import Datasets

/// Mean IoU of class maps, the measure of Cityscapes, ACDC and CamVid: `mIoU`, with `IoU` of each class and pixel
/// accuracy; apart by condition where the images have several.
public struct SemanticIoU: Measure {
    public static let name = "semantic-iou"

    public private(set) var confusion: ConfusionByCondition
    private let subject: MeasureSubject

    public init(_ subject: MeasureSubject) {
        self.subject = subject
        confusion = ConfusionByCondition(classCount: subject.labelSpace.classCount, conditions: subject.conditions)
    }

    /// - Precondition: the condition is one of the subject's.
    public mutating func add(_ image: MeasuredImage) {
        confusion.add(labels: image.truth.classes, predictions: image.prediction.classes, condition: image.condition)
    }

    public var tally: [Int64] { confusion.counts }

    public mutating func merge(_ tally: [Int64]) {
        for (index, count) in tally.enumerated() { confusion.counts[index] += count }
    }

    public var scores: MeasureScores {
        DatasetScores(
            confusion, evaluatedTrainIDs: subject.evaluatedTrainIDs,
            further: subject.labelSpace.furtherMeans(of: subject.evaluatedTrainIDs)
        ).measureScores
    }
}

extension DatasetScores {
    fileprivate var measureScores: MeasureScores {
        MeasureScores(
            headline: .init("mIoU", overall.meanIoU), parts: furtherMeans.map { .init($0.name, $0.meanIoU) },
            others: [.init("pixelAccuracy", title: "pixel accuracy", overall.pixelAccuracy)],
            classes: [.init("IoU", overall.classIoU)])
    }
}
