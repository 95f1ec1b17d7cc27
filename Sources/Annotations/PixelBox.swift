/// A rectangle of pixels: rows `top..<bottom`, columns `left..<right`.
public struct PixelBox: Sendable, Equatable {
    public let top: Int
    public let left: Int
    public let height: Int
    public let width: Int

    /// - Precondition: neither side is negative.
    public init(top: Int, left: Int, height: Int, width: Int) {
        precondition(height >= 0 && width >= 0, "PixelBox: sides must not be negative, got \(height)x\(width)")
        self.top = top
        self.left = left
        self.height = height
        self.width = width
    }

    /// The box without pixels.
    public static let empty = PixelBox(top: 0, left: 0, height: 0, width: 0)

    /// The row after the last.
    public var bottom: Int { top + height }
    /// The column after the last.
    public var right: Int { left + width }
    public var isEmpty: Bool { height == 0 || width == 0 }
}
