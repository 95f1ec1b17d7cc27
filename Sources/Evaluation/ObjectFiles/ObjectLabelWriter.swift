public import Annotations
public import Datasets

/// Writes true segments and objects of images in COCO's forms, as labels for other programs and for `causeway score`:
///
///     panoptic.json, panoptic/<name>.png     segments (`PanopticWriter`)
///     instances.json                         objects (`COCOInstanceWriter`)
///
/// Pixels of a countable class without an object are void, as where panoptic quality is measured here.
public struct ObjectLabelWriter: Sendable {
    private let panoptic: PanopticWriter
    private let instances: COCOInstanceWriter
    private let things: Set<UInt8>

    /// What `finish` writes about an image.
    public struct Entry: Codable, Sendable {
        let segments: PanopticWriter.Entry
        let objects: COCOInstanceWriter.Entry
    }

    /// - Parameter labelSpace: of the labels' classes.
    public init(folder: String, labelSpace: LabelSpace) {
        panoptic = PanopticWriter(folder: folder, labelSpace: labelSpace)
        instances = COCOInstanceWriter(folder: folder, labelSpace: labelSpace)
        things = Set(labelSpace.thingTrainIDs.map { UInt8($0) })
    }

    /// Writes the PNG of an image, and makes its folder.
    ///
    /// - Parameter path: of the image.
    /// - Returns: what `finish` writes about it.
    /// - Throws: `notWritable`
    public func write(_ truth: Annotation, ofImage path: String) throws(EvaluationError) -> Entry {
        Entry(
            segments: try panoptic.write(PanopticSegments(truth: truth, things: things), ofImage: path),
            objects: instances.entry(truth, ofImage: path))
    }

    /// Writes the JSON files of all images.
    ///
    /// - Throws: `notWritable`
    public func finish(_ entries: ImageList<Entry>) throws(EvaluationError) {
        try panoptic.finish(entries.map(\.segments))
        try instances.writeLabels(entries.map(\.objects))
    }
}
