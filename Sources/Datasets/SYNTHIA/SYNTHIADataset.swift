public import ImageIO

/// SYNTHIA-RAND-CITYSCAPES (Ros et al., CVPR 2016): 9400 rendered images, 16 of the 19 Cityscapes classes.
///
///     RGB/NNNNNNN.png
///     GT/LABELS/NNNNNNN.png (16 bits, red = class id, green = object number), or ..._labelTrainIds.png
///
/// Has one split, `train`. Objects are delivered with Cityscapes instance ids: in each class numbered from 0 by
/// ascending object number, number 0 included.
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
        try Self.facts.requireTrain(split, root: root)
        var findings = ListingFindings(options)
        samples = try PairedFolders(
            images: "\(root)/RGB", labels: "\(root)/GT/LABELS",
            labelMarkers: [CityscapesLabelFile.trainIDs, ""],
            remedy: "unpack SYNTHIA-RAND-CITYSCAPES into the root, which must hold RGB and GT/LABELS"
        ).samples(readsLabels: options.readsLabels, findings: &findings)
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }

    public func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        let path = try labelPath(index)
        let encoding = labelEncoding(of: path)
        guard !CityscapesLabelFile.holdsTrainIDs(path) else {
            return try encoding.trainIDs(inFile: path, for: "for \(name)")
        }
        return try encoding.trainIDs(of: try classesAndObjects(path), file: path)
    }

    public func loadInstances(_ index: Int) throws(DatasetError) -> InstanceMap? {
        guard let path = samples[index].labelPath, !CityscapesLabelFile.holdsTrainIDs(path) else { return nil }
        return SYNTHIAInstances.numbered(try classesAndObjects(path), by: labelEncoding(of: path))
    }

    /// Classes and objects stand in one file.
    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        guard let instances = try loadInstances(index) else { return nil }
        return InstanceIDs(LabelEncoding(.labelIDs, of: labelSpace)).objects(in: instances)
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

/// SYNTHIA's (class, object) pairs as Cityscapes instance ids.
enum SYNTHIAInstances {
    /// - Parameters:
    ///   - pairs: `[H, W, 3]`: class id, object number, unused.
    ///   - encoding: of the class ids; objects are named by the label ids of the space that it delivers.
    static func numbered(_ pairs: PixelImage<UInt16>, by encoding: LabelEncoding) -> InstanceMap {
        let classes = encoding.labelSpace.classes
        var objects: [UInt16: Set<UInt16>] = [:]
        let starts = stride(from: 0, to: pairs.pixels.count, by: 3)
        for start in starts { objects[pairs.pixels[start], default: []].insert(pairs.pixels[start + 1]) }
        let numbers = objects.mapValues { found in
            Dictionary(uniqueKeysWithValues: found.sorted().enumerated().map { ($1, UInt16($0)) })
        }
        let pixels = starts.map { start -> UInt16 in
            let classID = pairs.pixels[start]
            guard let trainID = encoding.trainID(of: Int(classID)), trainID != LabelSpace.ignoreLabel,
                let labelID = classes[Int(trainID)].ids.first.flatMap({ UInt16(exactly: $0) })
            else { return 0 }
            guard classes[Int(trainID)].isThing, labelID < 65 else { return labelID }
            return labelID * 1000 + min(numbers[classID]?[pairs.pixels[start + 1]] ?? 0, 999)
        }
        return InstanceMap(height: pairs.height, width: pairs.width, channels: 1, pixels: pixels)
    }
}
