public import Annotations
public import ImageIO

/// The files of one image.
public struct SegmentationSample: Sendable, Equatable {
    /// The file name without folder and ending, for people: images of several folders may share it.
    public let name: String
    public let imagePath: String
    /// `nil` when the data set was opened without labels.
    public let labelPath: String?
    /// The file of its objects, where the data set has them and the sample is labelled; may be that of the labels.
    public let instancePath: String?
    /// What the image was taken in, where the data set sorts by it: scores are given for each.
    public let condition: CaptureCondition?

    public init(
        name: String, imagePath: String, labelPath: String? = nil, instancePath: String? = nil,
        condition: CaptureCondition? = nil
    ) {
        self.name = name
        self.imagePath = imagePath
        self.labelPath = labelPath
        self.instancePath = instancePath
        self.condition = condition
    }

    /// Named as its image.
    init(_ image: String, label: String? = nil, objects: String? = nil) {
        let file = image.split(separator: "/").last.map(String.init) ?? image
        self.init(
            name: ImageFileName.imageStem(of: file) ?? file, imagePath: image, labelPath: label, instancePath: objects)
    }

    /// This one with its objects in the file of its classes.
    var havingObjectsInLabel: SegmentationSample {
        SegmentationSample(
            name: name, imagePath: imagePath, labelPath: labelPath, instancePath: labelPath, condition: condition)
    }
}

/// The images of one split of one data set, in sorted order, with their labels if it was opened with them.
public protocol SegmentationDataset: Sendable {
    /// Which data set and split, for logs and errors.
    var name: String { get }
    /// What the train ids returned by `loadLabels` mean.
    var labelSpace: LabelSpace { get }
    /// Sorted by path, so that an index means the same image on every rank and machine.
    var samples: [SegmentationSample] { get }
    /// Incomplete and ambiguous pairs, where `DatasetOptions.leavesOutIncompletePairs` collects them.
    var problems: [DatasetError] { get }
    /// Files that lie among its images and are not read.
    var passedOver: PassedOverFiles { get }

    /// The image, `[H, W, 3]`.
    func loadImage(_ index: Int) throws(DatasetError) -> RGBImage
    /// The image for somebody who resizes it by `rule`: a JPEG may come at a fraction of its size that is still as
    /// large as the rule asks for. Unless a data set says otherwise, images come whole.
    func loadImage(_ index: Int, for rule: ResizeRule) throws(DatasetError) -> DecodedImage
    /// Train ids of `labelSpace`, 255 where ignored, `[H, W, 1]`, at the label file's own resolution.
    ///
    /// - Throws: `missingLabel` when the data set was opened without labels.
    func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap
    /// The objects with train ids of `labelSpace`, or `nil` when the image has no file of them. Unless a data set says
    /// otherwise, it has none.
    func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects?
    /// Classes and objects as the files have them: crowds have their class and are among the objects. A data set with
    /// both in one file reads it once.
    ///
    /// - Throws: `missingLabel` where the image has no file of objects, `sizeMismatch` where it is of another size than
    ///   the classes.
    func loadAnnotation(_ index: Int) throws(DatasetError) -> Annotation
    /// How sure its labels are, `[H, W, 1]`, 65535 where certain; nil, as mostly, where nothing is said about it.
    func loadConfidence(_ index: Int) throws(DatasetError) -> PixelImage<UInt16>?
}

extension SegmentationDataset {
    public func loadImage(_ index: Int, for rule: ResizeRule) throws(DatasetError) -> DecodedImage {
        let image = try loadImage(index)
        return DecodedImage(image, fileHeight: image.height, fileWidth: image.width)
    }

    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? { nil }

    public func loadConfidence(_ index: Int) throws(DatasetError) -> PixelImage<UInt16>? { nil }

    public func loadAnnotation(_ index: Int) throws(DatasetError) -> Annotation {
        try annotation(index, classes: try loadLabels(index))
    }

    /// Classes with the objects of the image.
    func annotation(_ index: Int, classes: LabelMap) throws(DatasetError) -> Annotation {
        let sample = samples[index]
        guard let found = try loadObjects(index) else {
            throw DatasetError(
                .missingLabel,
                "\(sample.imagePath): has no file of objects; add its instance ids, or use a method and measures that need "
                    + "none")
        }
        guard (found.height, found.width) == (classes.height, classes.width) else {
            throw DatasetError(
                .sizeMismatch,
                "\(sample.instancePath ?? sample.imagePath): is \(found.width)x\(found.height), but its label is "
                    + "\(classes.width)x\(classes.height); restore the files")
        }
        return Annotation(classes: classes, objects: found.objects)
    }

    public var problems: [DatasetError] { [] }
    public var passedOver: PassedOverFiles { PassedOverFiles() }
    public var count: Int { samples.count }
    /// Whether `loadLabels` can succeed.
    public var isLabelled: Bool { samples.first?.labelPath != nil }
}
