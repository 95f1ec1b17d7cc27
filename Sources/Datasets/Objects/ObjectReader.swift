public import Annotations

/// The objects of one image, as its file has them.
public struct ImageObjects: Sendable, Equatable {
    /// Size of the file that they are from.
    public let height: Int
    public let width: Int
    public let objects: [AnnotatedObject]

    public init(height: Int, width: Int, objects: [AnnotatedObject]) {
        self.height = height
        self.width = width
        self.objects = objects
    }

    init(_ annotation: Annotation) {
        self.init(height: annotation.height, width: annotation.width, objects: annotation.objects ?? [])
    }
}

/// Reads the objects of an image from one kind of file of its own, such as a map of instance ids. One file of this
/// folder each; panoptic PNGs, which hold classes as well, have `PanopticLabels`.
///
/// What a file gives to a class that is ignored or not countable is no object; a number without a class is an error.
public protocol ObjectReader: Sendable {
    /// The objects of a sample, with train ids; nil when it has no file of them.
    func objects(of sample: SegmentationSample) throws(DatasetError) -> ImageObjects?
}

extension LabelEncoding {
    /// The train id of a file value, where that is a countable class.
    public func thing(of value: Int) -> UInt8? {
        trainID(of: value).flatMap { labelSpace.isThing($0) ? $0 : nil }
    }
}
