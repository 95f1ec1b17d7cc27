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
    private let labelSpaceKind: LabelSpaceKind

    /// - Throws: see `PairedFolders`; `unsupportedOption` for another split than `train`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "synthia/\(split.rawValue)"
        labelSpaceKind = options.labelSpace
        try Self.facts.requireTrain(split, root: root)
        var findings = ListingFindings(options)
        samples = try PairedFolders(
            images: "\(root)/RGB", labels: "\(root)/GT/LABELS",
            labelMarkers: [CityscapesLabelFile.trainIDs, ""],
            remedy: "unpack SYNTHIA-RAND-CITYSCAPES into the root, which must hold RGB and GT/LABELS"
        ).samples(readsLabels: options.readsLabels, findings: &findings)
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelSpaceKind.space }

    public func labelEncoding(of path: String) -> LabelEncoding {
        let native: LabelEncoding = CityscapesLabelFile.holdsTrainIDs(path) ? .cityscapesTrainIDs : .synthia
        return native.delivered(in: labelSpaceKind)
    }

    public func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        let path = try labelPath(index)
        if CityscapesLabelFile.holdsTrainIDs(path) {
            let values = try reading(path) { () throws(ImageError) in try ImageCodec.readLabels(path) }
            return try labelEncoding(of: path).trainIDs(of: values, file: path)
        }
        let pairs = try classesAndObjects(path)
        let classes = LabelMap(
            height: pairs.height, width: pairs.width, channels: 1,
            pixels: stride(from: 0, to: pairs.pixels.count, by: pairs.channels).map {
                UInt8(clamping: pairs.pixels[$0])
            })
        return try labelEncoding(of: path).trainIDs(of: classes, file: path)
    }

    public func loadInstances(_ index: Int) throws(DatasetError) -> InstanceMap? {
        guard let path = samples[index].labelPath, !CityscapesLabelFile.holdsTrainIDs(path) else { return nil }
        return SYNTHIAInstances.numbered(try classesAndObjects(path))
    }

    /// Classes and objects stand in one file.
    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        try loadInstances(index).map { InstanceIDs(.cityscapesLabelIDs(in: labelSpace)).objects(in: $0) }
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
    /// - Parameter pairs: `[H, W, 3]`: class id, object number, unused.
    static func numbered(_ pairs: PixelImage<UInt16>) -> InstanceMap {
        let labelIDs = LabelEncoding.cityscapesLabelIDs.fileValues
        let things = Set(LabelSpace.cityscapes19.thingTrainIDs)
        var objects: [UInt16: Set<UInt16>] = [:]
        let starts = stride(from: 0, to: pairs.pixels.count, by: 3)
        for start in starts { objects[pairs.pixels[start], default: []].insert(pairs.pixels[start + 1]) }
        let numbers = objects.mapValues { found in
            Dictionary(uniqueKeysWithValues: found.sorted().enumerated().map { ($1, UInt16($0)) })
        }
        let pixels = starts.map { start -> UInt16 in
            let classID = pairs.pixels[start]
            guard let trainID = LabelEncoding.synthia.trainID(of: Int(classID)), trainID != LabelSpace.ignoreLabel,
                let labelID = labelIDs[Int(trainID)]
            else { return 0 }
            guard things.contains(Int(trainID)) else { return UInt16(labelID) }
            return UInt16(labelID) * 1000 + min(numbers[classID]?[pairs.pixels[start + 1]] ?? 0, 999)
        }
        return InstanceMap(height: pairs.height, width: pairs.width, channels: 1, pixels: pixels)
    }
}
