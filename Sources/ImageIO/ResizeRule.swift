internal import Glibc

/// The size an image is loaded at: as large as fits, keeping its shape (mmsegmentation `Resize(keep_ratio=True)`).
///
/// `f = min(longSide / max(h, w), shortSide / min(h, w))`; the new sides are `floor(side * f + 0.5)`.
/// GTA, 1052x1914 into 720x1280: 704x1280.
public struct ResizeRule: Sendable, Equatable {
    /// nil keeps the size of the file.
    let limits: Limits?

    struct Limits: Sendable, Equatable {
        let longSide: Int
        let shortSide: Int
    }

    /// Files keep their size.
    public static let none = ResizeRule(limits: nil)

    /// Fits into a box of these sides, in either orientation.
    public static func fitting(height: Int, width: Int) -> ResizeRule {
        precondition(height > 0 && width > 0, "ResizeRule: box must not be empty, got \(height)x\(width)")
        return ResizeRule(limits: Limits(longSide: max(height, width), shortSide: min(height, width)))
    }

    /// The size of a file of this size once loaded; at least one pixel a side.
    public func size(height: Int, width: Int) -> (height: Int, width: Int) {
        guard let limits, height > 0, width > 0 else { return (height, width) }
        let factor = min(
            Double(limits.longSide) / Double(max(height, width)),
            Double(limits.shortSide) / Double(min(height, width)))
        func scaled(_ side: Int) -> Int { max(1, Int(floor(Double(side) * factor + 0.5))) }
        return (scaled(height), scaled(width))
    }
}
