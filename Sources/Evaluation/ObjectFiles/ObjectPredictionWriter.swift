public import Datasets
public import ImageIO

/// Writes the objects that a network finds in an image, beside what `PredictionWriter` writes of its classes:
///
///     panoptic.json, panoptic/<name>.png     segments, in COCO's panoptic form (`PanopticWriter`)
///     instances/<name>.txt, .../masks/       every object with its score, in Cityscapes' form
///     objects/<name>.png                     the segments over the image, objects outlined in colours of their own
public struct ObjectPredictionWriter: Sendable {
    private let folder: String
    private let panoptic: PanopticWriter
    private let instances: CityscapesInstanceWriter
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
        self.fusion = PanopticFusion(fusion, things: labelSpace.thingTrainIDs)
    }

    /// Writes the files of one image.
    ///
    /// - Parameter file: path of the image below its folder.
    /// - Returns: what `finish` writes about it.
    /// - Throws: `notWritable`
    public func write(
        _ prediction: SemanticPredictor.Prediction, of image: RGBImage, file: String
    ) throws(EvaluationError) -> PanopticWriter.Entry {
        let annotation = prediction.annotation
        let segments = fusion(annotation)
        try instances.write(annotation, ofImage: file)
        let picture = segments.overlaid(on: image, panoptic.labelSpace, opacity: opacity)
        try ObjectFileName.writing("\(folder)/objects/\(ImageFolder.stem(of: file)).png") { path in
            try ImageCodec.writePNG(picture, to: path)
        }
        return try panoptic.write(segments, ofImage: file)
    }

    /// Writes the JSON file of all images.
    ///
    /// - Throws: `notWritable`
    public func finish(_ entries: ImageList<PanopticWriter.Entry>) throws(EvaluationError) {
        try panoptic.finish(entries)
    }
}
