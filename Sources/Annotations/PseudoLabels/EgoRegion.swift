/// A part of a camera's images that always shows the same, such as the bonnet of the car that carries it. What a
/// teacher sees there is no object of the scene.
///
/// Drawn once as a polygon over images of one size; it goes where these images go: see `mask(height:width:)` for
/// resized ones, and `Sample.mask(of:)` for crops that may be mirrored.
public struct EgoRegion: Sendable, Equatable {
    /// Of the images that the polygon is drawn in.
    public let height: Int
    public let width: Int
    /// An object is removed if less than this share of its area lies outside of the region (UDA4Inst code: 0.2).
    public let leastShareOutside: Double
    private let mask: ObjectMask

    /// - Parameters:
    ///   - corners: `x1, y1, x2, y2, …` in pixels of images of this size, at least three corners.
    ///   - leastShareOutside: in `0...1`.
    /// - Throws: for other lists of numbers, and for a polygon in which no pixel lies.
    public init(
        height: Int, width: Int, corners: [Double], leastShareOutside: Double = 0.2
    ) throws(ColumnMaskError) {
        precondition(
            (0...1).contains(leastShareOutside), "EgoRegion: a share of \(leastShareOutside) outside of the region")
        self.height = height
        self.width = width
        self.leastShareOutside = leastShareOutside
        mask = try ColumnMask(height: height, width: width, polygons: [corners]).mask
        guard !mask.isEmpty else {
            throw ColumnMaskError(
                "no pixel of \(width)x\(height) lies in the polygon; give corners in pixels of that size")
        }
    }

    /// The region in an image that was resized to this size.
    public func mask(height: Int, width: Int) -> ObjectMask {
        mask.resizedNearest(from: (self.height, self.width), to: (height, width))
    }

    /// Those of the objects of which enough lies outside of the region.
    ///
    /// - Parameter region: where the region is in the image or crop of the objects.
    public func keeping(_ objects: [AnnotatedObject], outside region: ObjectMask) -> [AnnotatedObject] {
        objects.filter { object in
            let outside = object.mask.area - object.mask.intersection(with: region)
            return Double(outside) >= leastShareOutside * Double(object.mask.area)
        }
    }
}
