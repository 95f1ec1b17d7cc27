public import Datasets
public import ImageIO

/// Counts what a network predicts on the labelled images of a data set.
///
/// Each worker counts a share of the images; the sum of the flat counts over all workers is the matrix of the whole
/// set, the same however many there are:
///
///     var confusion = try evaluator.confusion(on: dataset, share: ImageShare(rank: world.rank, count: world.size))
///     try world.allReduce(&confusion.counts, .sum)
///     let scores = DatasetScores(confusion)
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

    /// One image as it was evaluated.
    public struct Example {
        /// Position in the data set.
        public let index: Int
        public let image: RGBImage
        /// Train ids of the labels' space.
        public let labels: LabelMap
        /// Train ids of the labels' space.
        public let prediction: LabelMap
    }

    /// Counts of a share of the images.
    ///
    /// - Parameters:
    ///   - observe: sees each image in turn, for pictures and progress.
    /// - Throws: `unreadable` for a sample that cannot be loaded, `imageTooSmall`.
    /// - Precondition: `dataset` was opened with labels of the projection's destination.
    public func confusion(
        on dataset: any SegmentationDataset, share: ImageShare = .whole, observe: (Example) -> Void = { _ in }
    ) throws(EvaluationError) -> ConfusionByCondition {
        precondition(
            dataset.labelSpace.hasClasses(of: projection.destination),
            "SemanticEvaluator: \(dataset.name) has labels of \(dataset.labelSpace.name), not of "
                + projection.destination.name)
        var confusion = ConfusionByCondition(
            classCount: dataset.labelSpace.classCount, conditions: dataset.samples.map(\.condition))
        for index in share.indices(of: dataset.count) {
            let (image, labels) = try Self.load(index, of: dataset)
            let prediction = projection(
                try predictor.predict(image, name: dataset.samples[index].imagePath).labels)
            confusion.add(
                labels: labels, predictions: prediction, condition: dataset.samples[index].condition)
            observe(Example(index: index, image: image, labels: labels, prediction: prediction))
        }
        return confusion
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
