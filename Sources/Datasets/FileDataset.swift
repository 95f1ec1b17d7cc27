public import Annotations
public import ImageIO

/// A data set of image files and label files: it only says what its label values mean.
public protocol FileDataset: SegmentationDataset {
    /// What the values in the label file at `path` mean.
    func labelEncoding(of path: String) -> LabelEncoding
    /// Reads the objects of an image from the file at `path`. Unless a data set says otherwise, Cityscapes instance
    /// ids.
    func objectReader(of path: String) -> any ObjectReader
    /// Reads classes and objects where its labels are panoptic PNGs; nil, as mostly, where they are not.
    var panoptic: PanopticLabels? { get }
    /// Reads objects where they stand in a JSON of COCO's instances; nil, as mostly, where they do not.
    var instanceTable: COCOInstanceLabels? { get }
    /// What was met while its files were listed.
    var findings: ListingFindings { get }
}

extension FileDataset {
    public var problems: [DatasetError] { findings.problems }
    public var passedOver: PassedOverFiles { findings.passedOver }

    public func loadImage(_ index: Int) throws(DatasetError) -> RGBImage {
        let path = samples[index].imagePath
        return try reading(path) { () throws(ImageError) in try ImageCodec.readRGB(path) }
    }

    public func loadImage(_ index: Int, for rule: ResizeRule) throws(DatasetError) -> DecodedImage {
        let path = samples[index].imagePath
        return try reading(path) { () throws(ImageError) in try ImageCodec.readRGB(path, for: rule) }
    }

    public func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        let path = try labelPath(index)
        if let instanceTable, instanceTable.paintsClasses {
            return try instanceTable.annotation(ofImage: samples[index].imagePath).classes
        }
        if let panoptic { return try panoptic.annotation(of: path).classes }
        return try labelEncoding(of: path).trainIDs(inFile: path, for: "for \(name)")
    }

    public var panoptic: PanopticLabels? { nil }
    public var instanceTable: COCOInstanceLabels? { nil }

    public func objectReader(of path: String) -> any ObjectReader { InstanceIDs(labelEncoding(of: path)) }

    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        guard let path = samples[index].instancePath else { return nil }
        if let instanceTable { return try instanceTable.objects(of: samples[index]) }
        if let panoptic { return ImageObjects(try panoptic.annotation(of: path)) }
        return try objectReader(of: path).objects(of: samples[index])
    }

    public func loadAnnotation(_ index: Int) throws(DatasetError) -> Annotation {
        if let instanceTable, instanceTable.paintsClasses {
            _ = try labelPath(index)
            return try instanceTable.annotation(ofImage: samples[index].imagePath)
        }
        if let panoptic { return try panoptic.annotation(of: try labelPath(index)) }
        return try annotation(index, classes: try loadLabels(index))
    }

    /// The label file of a sample.
    ///
    /// - Throws: `missingLabel` when the data set was opened without labels.
    func labelPath(_ index: Int) throws(DatasetError) -> String {
        guard let path = samples[index].labelPath else {
            throw DatasetError(
                .missingLabel, "\(samples[index].imagePath): \(name) was opened without labels; open it with them")
        }
        return path
    }

    /// Runs a codec, naming this data set in what it throws.
    func reading<Value>(
        _ path: String, _ read: () throws(ImageError) -> Value
    ) throws(DatasetError) -> Value {
        do {
            return try read()
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read for \(name); restore the file", cause: error)
        }
    }
}

extension SegmentationDataset {
    /// An image with its labels, checked to be of one size.
    ///
    /// - Throws: `sizeMismatch`, and what the two loads throw.
    public func loadLabelled(_ index: Int) throws(DatasetError) -> (image: RGBImage, labels: LabelMap) {
        let (decoded, labels) = try loadLabelled(index, for: .none)
        return (decoded.image, labels)
    }

    /// As above, for somebody who resizes both by `rule`: see `loadImage(_:for:)`. The labels come whole.
    public func loadLabelled(
        _ index: Int, for rule: ResizeRule
    ) throws(DatasetError) -> (image: DecodedImage, labels: LabelMap) {
        let image = try loadImage(index, for: rule)
        let labels = try loadLabels(index)
        try requireSize(of: image, (labels.height, labels.width), index)
        return (image, labels)
    }

    /// As above, with the objects: see `loadAnnotation`.
    public func loadAnnotated(
        _ index: Int, for rule: ResizeRule = .none
    ) throws(DatasetError) -> (image: DecodedImage, annotation: Annotation) {
        let image = try loadImage(index, for: rule)
        let annotation = try loadAnnotation(index)
        try requireSize(of: image, (annotation.height, annotation.width), index)
        return (image, annotation)
    }

    private func requireSize(
        of image: DecodedImage, _ size: (height: Int, width: Int), _ index: Int
    ) throws(DatasetError) {
        guard (image.fileHeight, image.fileWidth) != size else { return }
        throw DatasetError(
            .sizeMismatch,
            "\(samples[index].imagePath): is \(image.fileWidth)x\(image.fileHeight), but its label is "
                + "\(size.width)x\(size.height); remove the pair or restore its files"
                + ImageCodec.remark(onOrientationOf: samples[index].imagePath))
    }
}
