internal import Annotations
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
    /// How classes and objects become segments.
    private let fusion: PanopticFusion
    private let panoptic: PanopticWriter
    private let instances: CityscapesInstanceWriter

    /// - Parameters:
    ///   - labelSpace: classes of the predictions.
    ///   - fusion: for panoptic submissions.
    /// - Throws: `incompatibleLabelSpaces` for classes that have no map to the 19 of Cityscapes.
    public init(
        _ format: SubmissionFormat, folder: String, labelSpace: LabelSpace,
        fusion: PanopticFusion.Config = PanopticFusion.Config()
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
        self.fusion = PanopticFusion(fusion, things: server.thingTrainIDs)
        panoptic = PanopticWriter(folder: folder, name: SubmissionFormat.panopticName, labelSpace: server)
        instances = CityscapesInstanceWriter(
            folder: format.instancesFolder(in: folder), labelSpace: server, isFlat: format.isFlat)
    }

    /// A server's folders are flat: images of several folders must not share a name, or one prediction would overwrite
    /// another.
    ///
    /// - Throws: `duplicateName`
    public static func requireUniqueNames(_ images: [SegmentationSample]) throws(EvaluationError) {
        try ObjectFileName.requireUnique(images.map(\.imagePath))
    }

    /// Writes one image's files, and makes their folders.
    ///
    /// - Parameter imagePath: the image; its name without ending is that of the files.
    /// - Returns: what `finish` writes about it, where the format lists all images.
    /// - Throws: `notWritable`, `missingObjects`.
    @discardableResult
    public func write(
        _ prediction: ImagePredictor.Prediction, ofImage imagePath: String
    ) throws(EvaluationError) -> PanopticWriter.Entry? {
        if !prediction.hasClasses, !format.isOfInstances {
            throw EvaluationError(
                .missingClasses,
                "\(imagePath): the network finds objects and says no classes of pixels, which the format "
                    + "\(format.rawValue) needs; use a network with a decoder of classes (model.decoder), or --format "
                    + (format.isFlat ? SubmissionFormat.kitti360Instances : .cityscapesInstances).rawValue)
        }
        guard format.isOfObjects else {
            try writeMaps(prediction, ofImage: imagePath)
            return nil
        }
        let annotation = projection(prediction.annotation)
        guard annotation.objects != nil else {
            throw EvaluationError(
                .missingObjects,
                "\(imagePath): the network predicts classes and no objects, which the format \(format.rawValue) needs; "
                    + "use a network with a decoder of objects (model.objects), or --format "
                    + (format.isFlat ? SubmissionFormat.kitti360 : .cityscapes).rawValue)
        }
        if format == .cityscapesPanoptic {
            let segments = fusion(annotation, prediction.segments.map { projection($0) })
            return try panoptic.write(segments, ofImage: imagePath)
        }
        try instances.write(annotation, ofImage: imagePath)
        return nil
    }

    /// Writes what the format says of all images together.
    ///
    /// - Throws: `notWritable`
    public func finish(_ entries: ImageList<PanopticWriter.Entry>) throws(EvaluationError) {
        if format == .cityscapesPanoptic { try panoptic.finish(entries) }
    }

    private func writeMaps(
        _ prediction: ImagePredictor.Prediction, ofImage imagePath: String
    ) throws(EvaluationError) {
        let name = ObjectFileName.stem(ofImage: imagePath)
        for part in format.folders {
            let place = format.isFlat ? folder : "\(folder)/\(part.name)"
            let path = "\(place)/\(name).png"
            do {
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                try write(prediction, part.content, to: path)
            } catch {
                throw EvaluationError(
                    .notWritable, "\(path): cannot be written; check the folder, its permissions and the space left",
                    cause: error)
            }
        }
    }

    private func write(
        _ prediction: ImagePredictor.Prediction, _ content: SubmissionFormat.Content, to path: String
    ) throws {
        switch content {
        // Without pixels declared invalid, the plain IoU is scored.
        case .trainIDs, .trainIDsOrInvalid: try ImageCodec.writePNG(projection(prediction.labels), to: path)
        case .labelIDs, .kittiIDs:
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
