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
}

/// Reads the objects of an image from one kind of file: a map of instance ids, a panoptic PNG with its table of
/// segments, a JSON file of outlines. One file of this folder each.
///
/// What a file leaves without a class of the label space, or gives to a class that is not countable, is no object.
public protocol ObjectReader: Sendable {
    /// The objects of a sample, with train ids; nil when it has no file of them.
    func objects(of sample: SegmentationSample) throws(DatasetError) -> ImageObjects?
}

extension LabelEncoding {
    /// The train id of a file value, where that is a countable class.
    public func thing(of value: Int) -> UInt8? {
        guard let trainID = trainID(of: value), Int(trainID) < labelSpace.classes.count,
            labelSpace.classes[Int(trainID)].isThing
        else { return nil }
        return trainID
    }
}
