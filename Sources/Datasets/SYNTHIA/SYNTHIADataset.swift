public import Annotations
public import ImageIO

/// SYNTHIA-RAND-CITYSCAPES (Ros et al., CVPR 2016): 9400 rendered images, 16 of the 19 Cityscapes classes.
///
///     RGB/NNNNNNN.png
///     GT/LABELS/NNNNNNN.png (16 bits, red = class id, green = object number), or ..._labelTrainIds.png
///
/// Has one split, `train`, of which `heldOut` images can be kept for `val`. Each object number of each countable class
/// is an object, number 0 included. Beside converted classes, objects are read from the file of the data set, where
/// that is there.
public struct SYNTHIADataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "SYNTHIA", counts: [.init(.train, images: 9400)], height: 760, width: 1280)

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    /// - Throws: see `PairedFolders`; `unsupportedOption` for another split than `train`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "synthia/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "synthia", options, root: root)
        try Self.facts.requireShare(split, options, root: root)
        var findings = ListingFindings(options)
        let all = try PairedFolders(
            images: "\(root)/RGB", labels: "\(root)/GT/LABELS",
            labelMarkers: [CityscapesLabelFile.trainIDs, ""], instanceMarker: "",
            remedy: "unpack SYNTHIA-RAND-CITYSCAPES into the root, which must hold RGB and GT/LABELS"
        ).samples(readsLabels: options.readsLabels, findings: &findings)
        samples = try Self.facts.share(all, of: split, options, root: root)
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }

    public func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        let path = try labelPath(index)
        guard !CityscapesLabelFile.holdsTrainIDs(path) else { return try classes(path) }
        return try labelEncoding(of: path).trainIDs(of: try classesAndObjects(path), file: path)
    }

    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        samples[index].instancePath == nil ? nil : ImageObjects(try loadAnnotation(index))
    }

    /// Classes and objects stand in one file, unless there are converted classes beside it.
    public func loadAnnotation(_ index: Int) throws(DatasetError) -> Annotation {
        let label = try labelPath(index)
        guard let path = samples[index].instancePath else {
            throw DatasetError(
                .missingLabel,
                "\(label): has classes alone; put the file of SYNTHIA with classes and objects beside it, or use a method "
                    + "that needs no objects")
        }
        let (pairs, encoding) = (try classesAndObjects(path), labelEncoding(of: path))
        // Classes without a meaning are told by the translation of all of them.
        let own = try encoding.trainIDs(of: pairs, file: path)
        let converted = CityscapesLabelFile.holdsTrainIDs(label) ? try classes(label) : nil
        if let converted, (converted.height, converted.width) != (own.height, own.width) {
            throw DatasetError(
                .sizeMismatch,
                "\(path): is \(own.width)x\(own.height), but \(label) is \(converted.width)x\(converted.height); restore "
                    + "the files")
        }
        return Annotation(classes: converted ?? own, objects: SYNTHIAObjects.objects(in: pairs, by: encoding))
    }

    /// Those of a converted file.
    private func classes(_ path: String) throws(DatasetError) -> LabelMap {
        try labelEncoding(of: path).trainIDs(inFile: path, for: "for \(name)")
    }

    private func classesAndObjects(_ path: String) throws(DatasetError) -> PixelImage<UInt16> {
        let pairs = try reading(path) { () throws(ImageError) in try ImageCodec.readSamples16(path) }
        guard pairs.channels == 3 else {
            throw DatasetError(
                .unreadable,
                "\(path): has \(pairs.channels) channel(s), SYNTHIA labels have 3; unpack the file again")
        }
        return pairs
    }
}
