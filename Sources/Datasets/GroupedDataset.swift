public import Annotations
public import ImageIO

/// The images of a data set that show an object of a group of classes, with the objects of that group alone: what a
/// model of the group learns (UDA4Inst, arXiv:2405.09682). Maps of classes stay whole.
public struct GroupedDataset: SegmentationDataset {
    public let base: any SegmentationDataset
    /// Of the images that are left, in the base's order.
    let indices: [Int]
    private let trainIDs: Set<UInt8>

    public let samples: [SegmentationSample]

    /// - Parameters:
    ///   - trainIDs: the classes of the group.
    ///   - indices: of the images that are left, ascending.
    public init(_ base: any SegmentationDataset, trainIDs: [Int], images indices: [Int]) {
        self.base = base
        self.indices = indices
        self.trainIDs = Set(trainIDs.map { UInt8($0) })
        samples = indices.map { base.samples[$0] }
    }

    public var name: String { base.name }
    public var labelSpace: LabelSpace { base.labelSpace }
    public var problems: [DatasetError] { base.problems }
    public var passedOver: PassedOverFiles { base.passedOver }

    public func loadImage(_ index: Int) throws(DatasetError) -> RGBImage { try base.loadImage(indices[index]) }

    public func loadImage(_ index: Int, for rule: ResizeRule) throws(DatasetError) -> DecodedImage {
        try base.loadImage(indices[index], for: rule)
    }

    public func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap { try base.loadLabels(indices[index]) }

    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        try base.loadObjects(indices[index]).map {
            ImageObjects(height: $0.height, width: $0.width, objects: ofGroup($0.objects))
        }
    }

    public func loadConfidence(_ index: Int) throws(DatasetError) -> PixelImage<UInt16>? {
        try base.loadConfidence(indices[index])
    }

    public func loadAnnotation(_ index: Int) throws(DatasetError) -> Annotation {
        var annotation = try base.loadAnnotation(indices[index])
        annotation.objects = annotation.objects.map(ofGroup)
        return annotation
    }

    private func ofGroup(_ objects: [AnnotatedObject]) -> [AnnotatedObject] {
        objects.filter { trainIDs.contains($0.trainID) }
    }
}
