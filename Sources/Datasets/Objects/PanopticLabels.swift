internal import Annotations
internal import ImageIO

/// Reads classes and objects of panoptic PNGs: what the categories of their JSON mean in a label space.
public struct PanopticLabels: Sendable {
    public let file: PanopticFile
    private let categories: CategoryClasses
    /// Categories whose segments are no single objects: regions, as crowds are.
    private let regions: Set<Int>

    /// - Parameter encodings: of the numbers and of the places of the label space of the files, into that of a run.
    /// - Throws: `unknownLabel` for a category with segments that has no class.
    init(
        _ file: PanopticFile, _ matching: CategoryClasses.Matching, _ files: LabelFiles
    ) throws(DatasetError) {
        self.file = file
        regions = Set(file.categories.filter { $0.isThing == false }.map(\.id))
        categories = try CategoryClasses(
            file.categories, counts: file.segmentCounts, matching, files, file: file.path, what: "segments")
    }

    /// What train ids mean.
    var labelSpace: LabelSpace { categories.labelSpace }

    /// The annotation in a panoptic PNG.
    ///
    /// The classes of crowds stand in the map of classes, and countable ones are among the objects; a crowd of what is
    /// not countable is ignored.
    func annotation(of path: String) throws(DatasetError) -> Annotation {
        annotation(of: try PanopticImage(path, of: file))
    }

    func annotation(of image: PanopticImage) -> Annotation {
        var classes = LabelMap(
            height: image.height, width: image.width, channels: 1, filledWith: LabelSpace.ignoreLabel)
        var objects: [AnnotatedObject] = []
        for (segment, mask) in image.masks {
            guard let trainID = categories.trainID(of: segment.categoryID), trainID != LabelSpace.ignoreLabel else {
                continue
            }
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

    /// The samples that the table lists.
    ///
    /// - Parameter findings: takes `missingLabel` for the others; or it is thrown.
    func listed(
        _ samples: [SegmentationSample], findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        var listed: [SegmentationSample] = []
        for sample in samples {
            if let path = sample.labelPath, file.image(named: PanopticFile.name(of: path)) == nil {
                try findings.add(PanopticImage.unlisted(path, in: file))
            } else {
                listed.append(sample)
            }
        }
        return listed
    }

    /// Differs wherever a pixel of the PNG at `path` would be read as another class.
    func fingerprint(of path: String) -> String {
        let segments = file.image(named: PanopticFile.name(of: path)).map { file.segments(of: $0) } ?? []
        let listed = segments.map {
            "\($0.id):\(categories.trainID(of: $0.categoryID) ?? LabelSpace.ignoreLabel):\($0.isCrowd)"
        }
        return "panoptic \(Datasets.fingerprint(of: listed.joined(separator: " ").utf8))"
    }

    /// Differs where a category means another class, and where the table is another one.
    var meaning: String {
        "panoptic categories \(categories.fingerprint(with: regions.sorted().map(String.init) + [file.digest]))"
    }
}

extension LabelSpace {
    /// Whether objects of a class are countable; not those of 255 and of numbers beyond the classes.
    func isThing(_ trainID: UInt8) -> Bool { Int(trainID) < classCount && classes[Int(trainID)].isThing }
}
