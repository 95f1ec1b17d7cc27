internal import Annotations
internal import ImageIO

/// Reads classes and objects of panoptic PNGs: what the categories of their JSON mean in a label space.
public struct PanopticLabels: Sendable {
    /// How categories are found in the label space of the files.
    enum Matching {
        /// Classes of the same name; by number where the JSON has no names.
        case names
        /// Classes with this number among their `ids`.
        case numbers
    }

    public let file: PanopticFile
    /// What train ids mean.
    let labelSpace: LabelSpace
    /// Train id by category, 255 where ignored.
    private let trainIDs: [Int: UInt8]
    /// Categories whose segments are no single objects: regions, as crowds are.
    private let regions: Set<Int>

    /// - Parameter encodings: of the numbers and of the places of the label space of the files, into that of a run.
    /// - Throws: `unknownLabel` for a category with segments that has no class.
    init(_ file: PanopticFile, _ matching: Matching, _ files: LabelFiles) throws(DatasetError) {
        self.file = file
        labelSpace = files.labelSpace
        regions = Set(file.categories.filter { $0.isThing == false }.map(\.id))
        let counts = file.segmentCounts
        var trainIDs: [Int: UInt8] = [:]
        for category in file.categories {
            if let trainID = files.trainID(of: category, matching) {
                trainIDs[category.id] = trainID
            } else if let count = counts[category.id] {
                throw Self.unknown(category, count, matching, file, files.fileSpace)
            }
        }
        self.trainIDs = trainIDs
    }

    private static func unknown(
        _ category: PanopticFile.Category, _ count: Int, _ matching: Matching, _ file: PanopticFile, _ space: LabelSpace
    ) -> DatasetError {
        let title = category.name.isEmpty ? "\(category.id)" : "\(category.id), '\(category.name)',"
        let what = matching == .names && !category.name.isEmpty ? "a class of this name" : "a class with this id"
        return DatasetError(
            .unknownLabel,
            "\(file.path): the category \(title) of \(count) segments is no class of \(space.title); add \(what) to it, or "
                + "set unknown: ignore there, or name the label space of these files with the data set's key labelSpace")
    }

    /// The annotation in a panoptic PNG.
    ///
    /// The classes of crowds stand in the map of classes, and countable ones are among the objects; a crowd of what is not
    /// countable is ignored.
    func annotation(of path: String) throws(DatasetError) -> Annotation {
        annotation(of: try PanopticImage(path, of: file))
    }

    func annotation(of image: PanopticImage) -> Annotation {
        var classes = LabelMap(
            height: image.height, width: image.width, channels: 1, filledWith: LabelSpace.ignoreLabel)
        var objects: [AnnotatedObject] = []
        for (segment, mask) in image.masks {
            guard let trainID = trainIDs[segment.categoryID], trainID != LabelSpace.ignoreLabel else { continue }
            let isThing = labelSpace.isThing(trainID)
            guard isThing || !segment.isCrowd else { continue }
            mask.paint(trainID, into: &classes)
            guard isThing else { continue }
            objects.append(
                AnnotatedObject(
                    trainID: trainID, mask: mask, isCrowd: segment.isCrowd || regions.contains(segment.categoryID)))
        }
        return Annotation(classes: classes, objects: objects)
    }

    /// Differs wherever a pixel of the PNG at `path` would be read as another class.
    func fingerprint(of path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let segments = file.image(named: name).map { file.segments(of: $0) } ?? []
        let listed = segments.map { "\($0.id):\(trainIDs[$0.categoryID] ?? LabelSpace.ignoreLabel):\($0.isCrowd)" }
        return "panoptic \(Datasets.fingerprint(of: listed.joined(separator: " ").utf8))"
    }

    /// Differs wherever a category means another class.
    var meaning: String {
        let entries = trainIDs.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        let text = (labelSpace.classNames + entries + regions.sorted().map(String.init)).joined(separator: "/")
        return "panoptic categories \(Datasets.fingerprint(of: text.utf8))"
    }
}

extension LabelSpace {
    /// Whether objects of a class are countable; not those of 255 and of numbers beyond the classes.
    func isThing(_ trainID: UInt8) -> Bool { Int(trainID) < classCount && classes[Int(trainID)].isThing }
}

extension LabelFiles {
    /// The train id of a category, 255 where it is ignored; nil where it has no class.
    fileprivate func trainID(of category: PanopticFile.Category, _ matching: PanopticLabels.Matching) -> UInt8? {
        guard matching == .names, !category.name.isEmpty else { return labelIDs.trainID(of: category.id) }
        guard let place = fileSpace.trainID(of: category.name) else {
            return fileSpace.unknownValues == .ignore ? LabelSpace.ignoreLabel : nil
        }
        return delivered(trainID: UInt8(place))
    }
}
