internal import Datasets
internal import ImageIO

/// Scores panoptic predictions in files, of any program, against labels in files: `panopticapi`'s `pq_compute`.
public struct PanopticFileScorer: Sendable {
    /// A class of the labels.
    public struct Category: Sendable, Equatable {
        public let id: Int
        public let name: String
        public let isThing: Bool
    }

    /// In the order of the labels' file.
    public let categories: [Category]
    /// Images of the labels.
    public let imageCount: Int
    /// Images of the predictions that the labels do not have; they are not scored.
    public let foreignImages: [String]
    /// One sentence: whether images were paired by `image_id` or by the names of their files.
    public let pairingNotice: String
    private var labels: PanopticFiles
    private var predictions: PanopticFiles
    private let pairs: [(label: PanopticFile.Image, prediction: PanopticFile.Image)]

    /// Reads both JSON files.
    ///
    /// - Parameters:
    ///   - labelFolder: of their PNG files; nil for the name of the JSON file without its ending.
    ///   - predictionFolder: likewise.
    /// - Throws: `missingPrediction` for an image of the labels without one, `missingFolder`, `unreadable`,
    ///   `malformed`, `duplicateName`, `inconsistent`.
    public init(
        labels labelPath: String, predictions predictionPath: String, labelFolder: String? = nil,
        predictionFolder: String? = nil
    ) throws(EvaluationError) {
        labels = try PanopticFiles(labelPath, folder: labelFolder, areLabels: true)
        predictions = try PanopticFiles(predictionPath, folder: predictionFolder, areLabels: false)
        let (label, prediction) = (labels.file, predictions.file)
        categories = try label.categories.map { category throws(EvaluationError) in
            guard let isThing = category.isThing else {
                throw EvaluationError(
                    .malformed,
                    "\(labelPath): the category \(category.id) has no `isthing`, which says whether it is countable; "
                        + "write 0 or 1")
            }
            let name = category.name.isEmpty ? "\(category.id)" : category.name
            return Category(id: category.id, name: name, isThing: isThing)
        }
        let places = Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1.id, $0) })
        labels.places = places
        predictions.places = places
        let pairing = ImagePairing(labels: label.images.map(Self.named), predictions: prediction.images.map(Self.named))
        let byID = Dictionary(uniqueKeysWithValues: prediction.images.map { ($0.id, $0) })
        let byImage = pairing.predicted.compactMapValues { byID[$0] }
        if let missing = label.images.first(where: { byImage[$0.id] == nil }) {
            let count = label.images.count { byImage[$0.id] == nil }
            let name = missing.imageFileName ?? missing.fileName
            throw EvaluationError(
                .missingPrediction,
                "\(predictionPath): has no entry for the image \(missing.id) (\(name)) of \(labelPath) (\(count) of "
                    + "\(label.images.count) are missing); predict every labelled image"
                    + (pairing.contradiction.map { "; images are found by their names, as \($0)" } ?? ""))
        }
        pairingNotice = pairing.notice(labels: labelPath, predictions: predictionPath)
        pairs = label.images.compactMap { image in byImage[image.id].map { (image, $0) } }
        imageCount = pairs.count
        let used = Set(pairs.map(\.prediction.id))
        foreignImages = prediction.images.map(\.id).filter { !used.contains($0) }
    }

    private static func named(_ image: PanopticFile.Image) -> ImagePairing.Image {
        ImagePairing.Image(id: image.id, files: [image.imageFileName, image.fileName].compactMap { $0 })
    }

    /// Compares a share of the images.
    ///
    /// - Parameter progress: told how many of all images are done, where every rank has its share.
    /// - Throws: `sizeMismatch`, `unreadable`, `inconsistent`, `unknownLabel`.
    public func matches(
        share: ImageShare = .whole, progress: (_ done: Int) -> Void = { _ in }
    ) throws(EvaluationError) -> ImageList<PanopticMatches> {
        var list = ImageList<PanopticMatches>()
        for index in share.indices(of: imageCount) {
            let (label, prediction) = pairs[index]
            let truth = try labels.segments(of: label)
            let predicted = try predictions.segments(of: prediction)
            guard (truth.ids.height, truth.ids.width) == (predicted.ids.height, predicted.ids.width) else {
                throw EvaluationError(
                    .sizeMismatch,
                    "\(predictions.path(of: prediction)): is \(predicted.ids.width)x\(predicted.ids.height), but its "
                        + "label \(labels.path(of: label)) is \(truth.ids.width)x\(truth.ids.height); write "
                        + "predictions at the size of the labels")
            }
            list.append(PanopticMatches(truth: truth, prediction: predicted), image: index)
            progress(share.done(after: index, of: imageCount))
        }
        return list
    }

    /// Scores from the matches of all images.
    public func quality(_ matches: ImageList<PanopticMatches>) -> PanopticQuality {
        PanopticQuality(classCount: categories.count, images: matches.elements)
    }
}
