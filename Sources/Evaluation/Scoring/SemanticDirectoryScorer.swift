public import Datasets
internal import ImageIO

/// Counts predictions in files against labels in files.
///
/// Both are PNG of ids or of the classes' colours, in any folder below the two given. They are matched by the name of
/// the image: the file name without the endings of Cityscapes, ACDC and Dark Zurich (`_leftImg8bit`, `_rgb_anon`,
/// `_gtFine_labelTrainIds`, …); where images of several folders share a name, by their paths below the two. Where a
/// folder has train ids and label ids of one image, the train ids are read.
public struct SemanticDirectoryScorer: Sendable {
    /// Classes of the labels and of the scores.
    public let labelSpace: LabelSpace
    /// Numbers in label files; `nil` decides by each file's name.
    public var labelIDs: LabelIDs?
    /// Numbers in prediction files; `nil` decides by each file's name.
    public var predictionIDs: LabelIDs?
    private let projection: LabelProjection

    /// - Parameter predictionLabelSpace: classes of the predictions, where they are not those of the labels.
    /// - Throws: `incompatibleLabelSpaces`
    public init(
        labelSpace: LabelSpace, predictionLabelSpace: LabelSpace? = nil
    ) throws(EvaluationError) {
        self.labelSpace = labelSpace
        projection = try LabelProjection.scoring(predictionLabelSpace ?? labelSpace, as: labelSpace)
    }

    /// What was counted.
    public struct Result: Sendable {
        /// By the folders below that of the labels: `fog/val/…` is of the condition fog.
        public let measure: SemanticIoU
        public let imageCount: Int
        /// Where the numbers of the predictions seem to mean something else than they were taken for.
        public let notice: String?
    }

    /// Counts every image of the two folders.
    ///
    /// - Throws: `missingPrediction` or `extraPrediction` where the folders do not hold the same images,
    ///   `sizeMismatch`, `unknownLabel`, `unreadable`, `noLabelledPixel` where all labels are void, and what listing a
    ///   folder throws.
    ///
    /// - Parameters:
    ///   - classes: train ids that enter means; nil for all.
    ///   - progress: told how many images are done, and of how many.
    public func score(
        predictions: String, labels: String, classes: [Int]? = nil,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(EvaluationError) -> Result {
        let labelFiles = try ClassFileFolder(labels)
        let predictionFiles = try ClassFileFolder(predictions)
        let pairs = try Self.pairs(labels: labelFiles, predictions: predictionFiles)
        let conditions = pairs.map { labelFiles.condition(of: $0.label) }
        var measure = SemanticIoU(
            MeasureSubject(labelSpace: labelSpace, evaluatedTrainIDs: classes, conditions: conditions))
        var numbering = PredictedNumbering(predictionIDs, projection)
        for (index, (label, prediction)) in pairs.enumerated() {
            let truth = try ClassFile(label, .labels, labelIDs, labelSpace).trainIDs
            let file = try ClassFile(prediction, .predictions, predictionIDs, projection.source)
            let predicted = file.trainIDs
            guard truth.height == predicted.height, truth.width == predicted.width else {
                throw EvaluationError(
                    .sizeMismatch,
                    "\(prediction): is \(predicted.width)x\(predicted.height), but its label \(label) is "
                        + "\(truth.width)x\(truth.height); write predictions at the size of the labels")
            }
            measure.add(
                MeasuredImage(
                    index: index, condition: conditions[index], labels: truth, prediction: projection(predicted)))
            numbering.add(file, truth)
            progress(index + 1, pairs.count)
        }
        guard measure.tally.contains(where: { $0 > 0 }) else {
            throw EvaluationError(
                .noLabelledPixel,
                "\(labels): none of the \(pairs.count) labels has a labelled pixel, so there is nothing to score; "
                    + "check the folder, and --ids for what its numbers mean")
        }
        return Result(measure: measure, imageCount: pairs.count, notice: numbering.notice(predictions))
    }

    /// Where labels of several folders share a name, images are matched by their paths instead.
    private static func pairs(
        labels: ClassFileFolder, predictions: ClassFileFolder
    ) throws(EvaluationError) -> [(label: String, prediction: String)] {
        let byPath = labels.filesOfOneName != nil
        if !byPath, let (first, second) = predictions.filesOfOneName {
            throw EvaluationError(
                .duplicateName,
                "\(first) and \(second): are predictions of one image, of which there is one label; keep one of the two"
            )
        }
        let (labelFiles, predictionFiles) = (labels.files(byPath: byPath), predictions.files(byPath: byPath))
        let why = byPath ? " (some images share a name and are told apart by their folders)" : ""
        for image in sorted(predictionFiles) where labelFiles[image] == nil {
            throw EvaluationError(
                .extraPrediction,
                "\(predictionFiles[image] ?? image): no label of the image \(image) under \(labels.path)\(why); remove "
                    + "it, or give its labels")
        }
        var pairs: [(label: String, prediction: String)] = []
        for image in sorted(labelFiles) {
            guard let label = labelFiles[image] else { continue }
            guard let prediction = predictionFiles[image] else {
                let missing = labelFiles.keys.count { predictionFiles[$0] == nil }
                throw EvaluationError(
                    .missingPrediction,
                    "\(label): no prediction \(image).png under \(predictions.path)\(why) (\(missing) of "
                        + "\(labelFiles.count) are missing); predict every labelled image")
            }
            pairs.append((label, prediction))
        }
        return pairs
    }

    private static func sorted(_ files: [String: String]) -> [String] {
        files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
