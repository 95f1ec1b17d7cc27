internal import Basics
public import Datasets
internal import FoundationEssentials
internal import ImageIO

/// Writes predictions as a benchmark's server takes them, in the folders of its format, under the names of the images.
public struct SubmissionWriter: Sendable {
    public let format: SubmissionFormat
    public let folder: String
    /// Label id by train id of the server's classes.
    private let labelIDs: [UInt8]
    /// From the network's classes to the server's.
    private let projection: LabelProjection

    /// - Parameter labelSpace: classes of the predictions.
    /// - Throws: `incompatibleLabelSpaces` for classes that have no map to the 19 of Cityscapes.
    public init(
        _ format: SubmissionFormat, folder: String, labelSpace: LabelSpace
    ) throws(EvaluationError) {
        let server = try SubmissionFormat.labelSpace()
        do {
            projection = try LabelProjection(from: labelSpace, to: server)
        } catch {
            throw EvaluationError(
                .incompatibleLabelSpaces,
                "the server of \(format.facts.title) takes the classes of \(server.name), the network predicts "
                    + "\(labelSpace.name): \(error.message)")
        }
        guard projection.ignoredClasses.isEmpty else {
            throw EvaluationError(
                .incompatibleLabelSpaces,
                "the server of \(format.facts.title) takes the classes of \(server.name), and some of "
                    + "\(labelSpace.name) become none of them: \(projection.ignoredClasses.joined(separator: ", ")); "
                    + "add them to the map")
        }
        self.format = format
        self.folder = folder
        labelIDs = server.fileIDs.map { UInt8(clamping: $0) }
    }

    /// A server's folders are flat: images of several folders must not share a name, or one prediction would overwrite
    /// another.
    ///
    /// - Throws: `duplicateName`
    public static func requireUniqueNames(_ images: [SegmentationSample]) throws(EvaluationError) {
        var seen: [String: String] = [:]
        for image in images {
            guard let other = seen.updateValue(image.imagePath, forKey: fileStem(ofImage: image.imagePath)) else {
                continue
            }
            throw EvaluationError(
                .duplicateName,
                "\(image.imagePath) and \(other): predictions of the two would have one name in the submission; rename "
                    + "one of them, or leave it out")
        }
    }

    private static func fileStem(ofImage path: String) -> String {
        FilePath.name(of: ImageFolder.stem(of: path))
    }

    /// Writes one image's files, and makes their folders.
    ///
    /// - Parameter imagePath: the image; its name without ending is that of the files.
    /// - Throws: `notWritable`
    public func write(_ prediction: SemanticPredictor.Prediction, ofImage imagePath: String) throws(EvaluationError) {
        let name = Self.fileStem(ofImage: imagePath)
        for part in format.folders {
            let path = "\(folder)/\(part.name)/\(name).png"
            do {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(part.name)", withIntermediateDirectories: true)
                try write(prediction, part.content, to: path)
            } catch {
                throw EvaluationError(
                    .notWritable, "\(path): cannot be written; check the folder, its permissions and the space left",
                    cause: error)
            }
        }
    }

    private func write(
        _ prediction: SemanticPredictor.Prediction, _ content: SubmissionFormat.Content, to path: String
    ) throws {
        switch content {
        // Without pixels declared invalid, the plain IoU is scored.
        case .trainIDs, .trainIDsOrInvalid: try ImageCodec.writePNG(projection(prediction.labels), to: path)
        case .labelIDs:
            var labels = projection(prediction.labels)
            for index in labels.pixels.indices {
                let trainID = Int(labels.pixels[index])
                labels.pixels[index] = labelIDs.indices.contains(trainID) ? labelIDs[trainID] : 0
            }
            try ImageCodec.writePNG(labels, to: path)
        case .confidence:
            let confidence = prediction.confidence
            let pixels = confidence.pixels.map { UInt16(min(max($0, 0), 1) * 65535 + 0.5) }
            try ImageCodec.writePNG(
                PixelImage<UInt16>(height: confidence.height, width: confidence.width, channels: 1, pixels: pixels),
                to: path)
        }
    }
}
