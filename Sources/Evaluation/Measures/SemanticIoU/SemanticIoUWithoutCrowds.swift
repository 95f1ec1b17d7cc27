internal import Annotations
internal import Datasets

/// Mean IoU as EDAPS and LIDAPS count it: pixels of groups that nobody told apart ("crowds") are ignored, which the
/// benchmark of Cityscapes counts as any others. `mIoUWithoutCrowds`, with `IoUWithoutCrowds` of each class.
///
/// Those papers divide the sum over 19 classes by 16, of which three are never predicted and add nothing: the mean over
/// the 16 that are scored.
public struct SemanticIoUWithoutCrowds: Measure {
    public static let name = "semantic-iou-without-crowds"
    public static let needsObjects = true
    public static let needsPredictedObjects = false

    private var confusion: ConfusionMatrix
    private let subject: MeasureSubject

    public init(_ subject: MeasureSubject) {
        self.subject = subject
        confusion = ConfusionMatrix(classCount: subject.labelSpace.classCount)
    }

    /// - Throws: `missingObjects` where the crowds of the image are not known.
    public mutating func add(_ image: MeasuredImage) throws(EvaluationError) {
        guard image.truth.objects != nil else {
            throw EvaluationError(
                .missingObjects,
                "image \(image.index + 1): its true objects are not known, which the measure \(Self.name) needs; use "
                    + "\(SemanticIoU.name), which counts groups of objects as any others")
        }
        confusion.add(labels: image.truth.ignoringCrowds.classes, predictions: image.prediction.classes)
    }

    public var tally: [Int64] { confusion.counts }

    public mutating func merge(_ tally: [Int64]) {
        for (index, count) in tally.enumerated() { confusion.counts[index] += count }
    }

    public var scores: MeasureScores {
        let scores = SemanticScores(confusion, evaluatedTrainIDs: subject.evaluatedTrainIDs)
        return MeasureScores(
            headline: .init("mIoUWithoutCrowds", title: "mIoU without crowds", scores.meanIoU),
            classes: [.init("IoUWithoutCrowds", scores.classIoU)])
    }
}
