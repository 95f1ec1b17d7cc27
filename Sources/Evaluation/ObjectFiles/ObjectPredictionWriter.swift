internal import Annotations
public import Datasets
public import ImageIO

/// Writes the objects that a network finds in an image, beside what `PredictionWriter` writes of its classes:
///
///     panoptic.json, panoptic/<name>.png     segments, in COCO's panoptic form (`PanopticWriter`)
///     instances/<name>.txt, .../masks/       every object with its score, in Cityscapes' form
///     instances.json                         the same as results of COCO (`COCOResultWriter`)
///     objects/<name>.png                     the segments over the image, objects outlined in colours of their own
///
/// Of a network that says no classes of pixels there are no segments; objects/ then shows the objects that are sure
/// enough for one.
public struct ObjectPredictionWriter: Sendable {
    /// What the JSON files say of an image.
    public struct Entry: Codable, Sendable, Equatable {
        /// nil where there are no segments.
        let segments: PanopticWriter.Entry?
        let objects: COCOResultWriter.Entry
    }

    private let folder: String
    private let panoptic: PanopticWriter
    private let instances: CityscapesInstanceWriter
    private let results: COCOResultWriter
    private let fusion: PanopticFusion
    private let opacity: Float

    /// Names of the folders in the folder.
    public static let folders = ["panoptic", "instances", "objects"]

    /// - Parameters:
    ///   - labelSpace: classes of the predictions.
    ///   - opacity: share of colour in the pictures, 0...1.
    public init(folder: String, labelSpace: LabelSpace, fusion: PanopticFusion.Config, opacity: Float = 0.5) {
        self.folder = folder
        self.opacity = opacity
        panoptic = PanopticWriter(folder: folder, labelSpace: labelSpace)
        instances = CityscapesInstanceWriter(folder: "\(folder)/instances", labelSpace: labelSpace)
        results = COCOResultWriter("\(folder)/instances.json", labelSpace: labelSpace)
        self.fusion = PanopticFusion(fusion, things: labelSpace.thingTrainIDs)
    }

    /// Writes the files of one image.
    ///
    /// - Parameter file: path of the image below its folder.
    /// - Returns: what `finish` writes about it.
    /// - Throws: `notWritable`
    public func write(
        _ prediction: ImagePredictor.Prediction, of image: RGBImage, file: String
    ) throws(EvaluationError) -> Entry {
        let annotation = prediction.annotation
        try instances.write(annotation, ofImage: file)
        let objects = results.entry(annotation, ofImage: file)
        guard prediction.hasClasses else {
            let shown = (prediction.objects ?? []).filter(fusion.config.shows)
            try write(image.showing(shown, opacity: opacity), file)
            return Entry(segments: nil, objects: objects)
        }
        let segments = fusion(annotation, prediction.segments)
        try write(segments.overlaid(on: image, panoptic.labelSpace, opacity: opacity), file)
        return Entry(segments: try panoptic.write(segments, ofImage: file), objects: objects)
    }

    private func write(_ picture: RGBImage, _ file: String) throws(EvaluationError) {
        try ObjectFileName.writing("\(folder)/objects/\(ImageFolder.stem(of: file)).png") { path in
            try ImageCodec.writePNG(picture, to: path)
        }
    }

    /// Writes the JSON files of all images.
    ///
    /// - Throws: `notWritable`
    public func finish(_ entries: ImageList<Entry>) throws(EvaluationError) {
        try results.finish(entries.elements.map(\.objects))
        var segments = ImageList<PanopticWriter.Entry>()
        for entry in entries.entries {
            if let found = entry.element.segments { segments.append(found, image: entry.image) }
        }
        if !segments.entries.isEmpty { try panoptic.finish(segments) }
    }
}
