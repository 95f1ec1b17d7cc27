internal import Annotations
internal import Basics
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
public struct ImageEvaluator {
    public var predictor: ImagePredictor
    /// From the classes the network predicts to those of the labels.
    public let projection: LabelProjection

    /// - Throws: `incompatibleLabelSpaces`
    public init(
        _ predictor: ImagePredictor, predictedSpace: LabelSpace, labelSpace: LabelSpace
    ) throws(EvaluationError) {
        self.predictor = predictor
        projection = try LabelProjection.scoring(predictedSpace, as: labelSpace)
    }

    /// What is measured on a data set.
    ///
    /// - Parameter classes: train ids that enter means; nil for all.
    public func subject(
        of dataset: any SegmentationDataset, classes: [Int]? = nil,
        fusion: PanopticFusion.Config = PanopticFusion.Config()
    ) -> MeasureSubject {
        MeasureSubject(
            labelSpace: dataset.labelSpace, evaluatedTrainIDs: classes, conditions: dataset.samples.map(\.condition),
            fusion: fusion)
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
            "ImageEvaluator: \(dataset.name) has labels of \(dataset.labelSpace.name), not of "
                + projection.destination.name)
        var predictor = predictor
        predictor.findsConfidence = false
        predictor.findsObjects = measures.contains { type(of: $0).needsPredictedObjects }
        for index in share.indices(of: dataset.count) {
            let sample = dataset.samples[index]
            // What cannot be read is told by whoever reads it.
            if let header = try? ImageCodec.header(ofFile: sample.imagePath) {
                try predictor.requireMemory(for: header, name: sample.imagePath)
            }
            let (image, truth) = try Self.load(index, of: dataset, needing: measures)
            let prediction = try predictor.predict(image, name: sample.imagePath)
            let measured = MeasuredImage(
                index: index, condition: sample.condition, truth: truth, prediction: projection(prediction.annotation),
                segments: prediction.segments.map { projection($0) },
                confidence: try Self.confidence(index, of: dataset, truth, needing: measures))
            for place in measures.indices { try measures[place].add(measured) }
            observe(image, measured)
        }
    }

    /// How sure the labels of an image are, where a measure asks; nil where nothing says so.
    private static func confidence(
        _ index: Int, of dataset: any SegmentationDataset, _ truth: Annotation, needing measures: [any Measure]
    ) throws(EvaluationError) -> PixelImage<UInt16>? {
        guard measures.contains(where: { type(of: $0).needsConfidence }) else { return nil }
        let found: PixelImage<UInt16>?
        do {
            found = try dataset.loadConfidence(index)
        } catch {
            throw EvaluationError(.unreadable, "\(error)")
        }
        guard let found, (found.height, found.width) != (truth.height, truth.width) else { return found }
        throw EvaluationError(
            .sizeMismatch,
            "\(dataset.samples[index].imagePath): its map of confidence is \(found.width)x\(found.height), its label "
                + "\(truth.width)x\(truth.height); restore the files")
    }

    /// An image with its labels, and with its objects where a measure needs them.
    private static func load(
        _ index: Int, of dataset: any SegmentationDataset, needing measures: [any Measure]
    ) throws(EvaluationError) -> (image: RGBImage, truth: Annotation) {
        let path = dataset.samples[index].imagePath
        MemoryShortage.isAtWork(on: path)
        guard let needing = measures.first(where: { type(of: $0).needsObjects }) else {
            do {
                let (image, labels) = try dataset.loadLabelled(index)
                return (image, Annotation(classes: labels))
            } catch {
                throw EvaluationError(.unreadable, "\(error)")
            }
        }
        do throws(DatasetError) {
            let (image, annotation) = try dataset.loadAnnotated(index)
            return (image.image, annotation)
        } catch where error.code == .missingLabel {
            throw EvaluationError(
                .unreadable,
                "\(path): has no file of objects, which the measure \(type(of: needing).name) needs; add it, or leave "
                    + "the measure out of evaluation.measures")
        } catch {
            throw EvaluationError(.unreadable, "\(error)")
        }
    }
}
