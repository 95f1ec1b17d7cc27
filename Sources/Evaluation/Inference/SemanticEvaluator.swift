public import Datasets
public import ImageIO

/// Measures what a network predicts on the labelled images of a data set.
///
/// Each worker measures a share of the images; merged tallies give the scores of the whole set, the same however many
/// workers there are:
///
///     var measures = names.map { $0.make(evaluator.subject(of: dataset)) }
///     try evaluator.measure(dataset, share: ImageShare(rank: rank, count: count), by: &measures)
///     for other in others { try measures[0].merge(packed: other.packedTally()) }
public struct SemanticEvaluator {
    public var predictor: SemanticPredictor
    /// From the classes the network predicts to those of the labels.
    public let projection: LabelProjection

    /// - Throws: `incompatibleLabelSpaces`
    public init(
        _ predictor: SemanticPredictor, predictedSpace: LabelSpace, labelSpace: LabelSpace
    ) throws(EvaluationError) {
        self.predictor = predictor
        projection = try LabelProjection.scoring(predictedSpace, as: labelSpace)
    }

    /// What is measured on a data set.
    ///
    /// - Parameter classes: train ids that enter means; nil for all.
    public func subject(of dataset: any SegmentationDataset, classes: [Int]? = nil) -> MeasureSubject {
        MeasureSubject(
            labelSpace: dataset.labelSpace, evaluatedTrainIDs: classes, conditions: dataset.samples.map(\.condition))
    }

    /// Adds a share of the images to measures.
    ///
    /// - Parameters:
    ///   - observe: sees each image in turn, for pictures and progress.
    /// - Throws: `unreadable` for a sample that cannot be loaded, `imageTooSmall`, and what a measure throws.
    /// - Precondition: `dataset` was opened with labels of the projection's destination.
    public func measure(
        _ dataset: any SegmentationDataset, share: ImageShare = .whole, by measures: inout [any Measure],
        observe: (RGBImage, MeasuredImage) -> Void = { _, _ in }
    ) throws(EvaluationError) {
        precondition(
            dataset.labelSpace.hasClasses(of: projection.destination),
            "SemanticEvaluator: \(dataset.name) has labels of \(dataset.labelSpace.name), not of "
                + projection.destination.name)
        for index in share.indices(of: dataset.count) {
            let (image, labels) = try Self.load(index, of: dataset)
            let sample = dataset.samples[index]
            let prediction = projection(try predictor.predict(image, name: sample.imagePath).labels)
            let measured = MeasuredImage(
                index: index, condition: sample.condition, labels: labels, prediction: prediction)
            for place in measures.indices { try measures[place].add(measured) }
            observe(image, measured)
        }
    }

    private static func load(
        _ index: Int, of dataset: any SegmentationDataset
    ) throws(EvaluationError) -> (image: RGBImage, labels: LabelMap) {
        do {
            return try dataset.loadLabelled(index)
        } catch {
            throw EvaluationError(.unreadable, error.description)
        }
    }
}
