public import ImageIO

/// One image with its annotations, decoded and resized: what the store keeps.
public struct SampleRecord: Sendable, Equatable {
    /// `[H, W, 3]`.
    public let image: RGBImage
    /// Train ids `[H, W, 1]`.
    public let labels: LabelMap?
    /// Instance ids `[H, W, 1]`.
    public let instances: InstanceMap?
    /// Size of the image file, before resizing.
    public let fileHeight: Int
    public let fileWidth: Int

    /// - Precondition: the annotations have the size of the image.
    public init(image: RGBImage, labels: LabelMap?, instances: InstanceMap?, fileHeight: Int, fileWidth: Int) {
        precondition(image.channels == 3, "SampleRecord: image must be [H, W, 3], got \(image.channels) channels")
        precondition(
            (labels.map { $0.height == image.height && $0.width == image.width } ?? true)
                && (instances.map { $0.height == image.height && $0.width == image.width } ?? true),
            "SampleRecord: annotations do not have the image's size \(image.height)x\(image.width)")
        self.image = image
        self.labels = labels
        self.instances = instances
        self.fileHeight = fileHeight
        self.fileWidth = fileWidth
    }

    /// Bytes of the pixels.
    public var byteCount: Int {
        image.pixels.count + (labels?.pixels.count ?? 0) + 2 * (instances?.pixels.count ?? 0)
    }

    /// Calls `body` with the record's pixels.
    package func withView<Result>(_ body: (SampleRecordView) throws -> Result) rethrows -> Result {
        try image.pixels.withUnsafeBufferPointer { image in
            try withOptionalPixels(labels) { labels in
                try withOptionalPixels(instances) { instances in
                    try body(
                        SampleRecordView(
                            height: self.image.height, width: self.image.width, fileHeight: fileHeight,
                            fileWidth: fileWidth, image: image, labels: labels, instances: instances))
                }
            }
        }
    }
}

private func withOptionalPixels<Scalar, Result>(
    _ map: PixelImage<Scalar>?, _ body: (UnsafeBufferPointer<Scalar>?) throws -> Result
) rethrows -> Result {
    guard let map else { return try body(nil) }
    return try map.pixels.withUnsafeBufferPointer { try body($0) }
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
    /// `[height, width]`.
    package let instances: UnsafeBufferPointer<UInt16>?
}
