package import Annotations
package import Configuration

/// The part of a camera's images that shows the car it is mounted on: a polygon, drawn once over images of one size.
/// The defaults are Cityscapes' (UDA4Inst code), with the ornament on the bonnet as a box.
public struct EgoRegionConfiguration: Sendable, Equatable {
    /// Size of the images that the polygon is drawn in, in pixels; it follows them through resizing, cropping and
    /// mirroring.
    public var height = 1024
    public var width = 2048
    /// `x1, y1, x2, y2, …` in pixels of these images.
    public var corners: [Double] = [
        0, 947, 1009, 885, 1010, 765, 1398, 765, 1399, 884, 2047, 929, 2047, 1023, 0, 1023,
    ]
    /// An object is left out if less than this share of its area lies outside, in `0...1` (UDA4Inst code: 0.2).
    public var leastShareOutside = 0.2

    public init() {}
}

extension EgoRegionConfiguration: ConfigurationSection {
    /// Of camera images: the region is drawn pixel by pixel once.
    private static let sides = Bounds.closed(1...16_384)

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("height", &height, Self.sides)
        try fields.field("width", &width, Self.sides)
        try fields.list("corners", &corners, .closed(0...65_536), count: 6...2000)
        try fields.field("leastShareOutside", &leastShareOutside, .closed(0...1))
    }
}

extension EgoRegionConfiguration {
    /// The polygon as a region.
    ///
    /// - Throws: `ConfigurationError` for a list that is no polygon, or in which no pixel lies.
    package func region(keyPath: String) throws(ConfigurationError) -> EgoRegion {
        do throws(ColumnMaskError) {
            return try EgoRegion(
                height: height, width: width, corners: corners, leastShareOutside: leastShareOutside)
        } catch {
            throw .impossible("\(keyPath).corners", "\(error)")
        }
    }
}
