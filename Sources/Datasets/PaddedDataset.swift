public import Annotations
public import ImageIO

/// A data set as it is scored where images are not brought back to the size of their files: resized by a rule, at the
/// top left of a box, with black and void beside and below them (EDAPS on Mapillary Vistas).
public struct PaddedDataset: SegmentationDataset {
    public let base: any SegmentationDataset
    private let rule: ResizeRule
    private let size: (height: Int, width: Int)

    /// - Precondition: the rule has a padded size.
    public init(_ base: any SegmentationDataset, by rule: ResizeRule) {
        guard let size = rule.paddedSize else { preconditionFailure("PaddedDataset: the rule pads nothing") }
        self.base = base
        self.rule = rule
        self.size = size
    }

    public var name: String { base.name }
    public var labelSpace: LabelSpace { base.labelSpace }
    public var samples: [SegmentationSample] { base.samples }
    public var problems: [DatasetError] { base.problems }
    public var passedOver: PassedOverFiles { base.passedOver }

    public func loadImage(_ index: Int) throws(DatasetError) -> RGBImage {
        rule(DecodedImage(whole: try base.loadImage(index))).padded(height: size.height, width: size.width, with: 0)
    }

    public func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        padded(Annotation(classes: try base.loadLabels(index))).classes
    }

    public func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        guard let found = try base.loadObjects(index) else { return nil }
        let inner = rule.size(height: found.height, width: found.width)
        return ImageObjects(
            height: size.height, width: size.width,
            objects: found.objects.resizedNearest(
                from: (found.height, found.width), to: inner, sampling: rule.sampling))
    }

    /// Padding is as unsure as can be.
    public func loadConfidence(_ index: Int) throws(DatasetError) -> PixelImage<UInt16>? {
        guard let found = try base.loadConfidence(index) else { return nil }
        let inner = rule.size(height: found.height, width: found.width)
        return found.resizedNearest(height: inner.height, width: inner.width, sampling: rule.sampling)
            .padded(height: size.height, width: size.width, with: 0)
    }

    public func loadAnnotation(_ index: Int) throws(DatasetError) -> Annotation {
        padded(try base.loadAnnotation(index))
    }

    private func padded(_ annotation: Annotation) -> Annotation {
        let inner = rule.size(height: annotation.height, width: annotation.width)
        return annotation.resizedNearest(height: inner.height, width: inner.width, sampling: rule.sampling)
            .padded(height: size.height, width: size.width)
    }
}
