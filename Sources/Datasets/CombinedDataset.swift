public import Annotations
public import ImageIO

/// Several data sets as one, one after another: a domain of images from several folders.
public struct CombinedDataset: SegmentationDataset {
    public let parts: [any SegmentationDataset]
    public let samples: [SegmentationSample]
    /// First sample of each part, and the number of all.
    private let starts: [Int]

    /// - Precondition: there is a part, and all deliver the same classes.
    public init(_ parts: [any SegmentationDataset]) {
        precondition(
            !parts.isEmpty && parts.allSatisfy { $0.labelSpace.hasClasses(of: parts[0].labelSpace) },
            "CombinedDataset: needs parts of one label space")
        self.parts = parts
        samples = parts.flatMap(\.samples)
        starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    public var name: String { parts.map(\.name).joined(separator: " + ") }
    public var labelSpace: LabelSpace { parts[0].labelSpace }
    public var problems: [DatasetError] { parts.flatMap(\.problems) }

    public var passedOver: PassedOverFiles {
        var all = PassedOverFiles()
        for part in parts { all.add(part.passedOver) }
        return all
    }

    /// The part that a sample is of, and its place there.
    public func place(of index: Int) -> (part: Int, index: Int) {
        let part = (starts.firstIndex { $0 > index } ?? starts.count - 1) - 1
        return (part, index - starts[part])
    }

    public func loadImage(_ index: Int) throws(DatasetError) -> RGBImage {
        let place = place(of: index)
        return try parts[place.part].loadImage(place.index)
    }

    public func loadImage(_ index: Int, for rule: ResizeRule) throws(DatasetError) -> DecodedImage {
        let place = place(of: index)
        return try parts[place.part].loadImage(place.index, for: rule)
    }

    public func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        let place = place(of: index)
        return try parts[place.part].loadLabels(place.index)
    }

    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        let place = place(of: index)
        return try parts[place.part].loadObjects(place.index)
    }

    public func loadConfidence(_ index: Int) throws(DatasetError) -> PixelImage<UInt16>? {
        let place = place(of: index)
        return try parts[place.part].loadConfidence(place.index)
    }

    public func loadAnnotation(_ index: Int) throws(DatasetError) -> Annotation {
        let place = place(of: index)
        return try parts[place.part].loadAnnotation(place.index)
    }
}

extension ClassStatistics {
    /// The counts of data sets one after another.
    ///
    /// - Precondition: there is one, and all are of the same classes.
    public init(joining parts: [ClassStatistics]) {
        precondition(!parts.isEmpty, "ClassStatistics: there is nothing to join")
        self.init(
            labelSpace: parts[0].labelSpace, images: parts.flatMap(\.images),
            unreadableFiles: parts.flatMap(\.unreadableFiles))
    }
}
