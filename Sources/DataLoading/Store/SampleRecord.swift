public import Annotations
public import ImageIO

/// One image with its annotations, decoded and resized: what the store keeps.
public struct SampleRecord: Sendable, Equatable {
    /// `[H, W, 3]`.
    public let image: RGBImage
    /// Train ids `[H, W, 1]`; nil for target images.
    public let labels: LabelMap?
    /// Objects as `ObjectCoding` writes them; nil where nobody needs them.
    public let objects: [UInt8]?
    /// Size of the image file, before resizing.
    public let fileHeight: Int
    public let fileWidth: Int

    /// - Precondition: the annotation has the size of the image.
    public init(image: RGBImage, annotation: Annotation?, fileHeight: Int, fileWidth: Int) {
        precondition(image.channels == 3, "SampleRecord: image must be [H, W, 3], got \(image.channels) channels")
        precondition(
            annotation.map { $0.height == image.height && $0.width == image.width } ?? true,
            "SampleRecord: the annotation does not have the image's size \(image.height)x\(image.width)")
        self.image = image
        labels = annotation?.classes
        objects = annotation?.objects.map(ObjectCoding.encode)
        self.fileHeight = fileHeight
        self.fileWidth = fileWidth
    }

    /// Bytes of the pixels and objects.
    public var byteCount: Int { image.pixels.count + (labels?.pixels.count ?? 0) + (objects?.count ?? 0) }

    /// Calls `body` with the record's pixels.
    package func withView<Result>(_ body: (SampleRecordView) throws -> Result) rethrows -> Result {
        try image.pixels.withUnsafeBufferPointer { image in
            try withOptional(labels?.pixels) { labels in
                try withOptional(objects) { objects in
                    try body(
                        SampleRecordView(
                            height: self.image.height, width: self.image.width, fileHeight: fileHeight,
                            fileWidth: fileWidth, image: image, labels: labels, objects: objects))
                }
            }
        }
    }
}

private func withOptional<Result>(
    _ bytes: [UInt8]?, _ body: (UnsafeBufferPointer<UInt8>?) throws -> Result
) rethrows -> Result {
    guard let bytes else { return try body(nil) }
    return try bytes.withUnsafeBufferPointer { try body($0) }
}

/// The pixels of a record, in the store or outside; valid inside the closure that it is handed to.
package struct SampleRecordView {
    package let height: Int
    package let width: Int
    package let fileHeight: Int
    package let fileWidth: Int
    /// `[height, width, 3]`.
    package let image: UnsafeBufferPointer<UInt8>
    /// `[height, width]`.
    package let labels: UnsafeBufferPointer<UInt8>?
    /// As `ObjectCoding` writes them.
    package let objects: UnsafeBufferPointer<UInt8>?

    /// The objects; nil where none are kept.
    package var decodedObjects: [AnnotatedObject]? {
        guard let objects else { return nil }
        do {
            return try ObjectCoding.decode(UnsafeRawBufferPointer(objects), height: height, width: width)
        } catch {
            preconditionFailure("SampleRecord: \(error)")
        }
    }
}
