/// Which position of a row or column of labels stands for one of the resized row or column.
public enum NearestSampling: Sendable, Equatable {
    /// `floor(position * old / new)` (OpenCV's `INTER_NEAREST`).
    case corner
    /// `floor((position + 0.5) * old / new)` (Pillow's `NEAREST`).
    case center

    /// The old position.
    @inlinable
    public func source(of position: Int, old: Int, new: Int) -> Int {
        switch self {
        case .corner: position * old / new
        case .center: min(old - 1, (2 * position + 1) * old / (2 * new))
        }
    }

    /// The first new position whose source is `position` or later.
    public func first(from position: Int, old: Int, new: Int) -> Int {
        switch self {
        case .corner: (position * new + old - 1) / old
        // The least x with (2 x + 1) old >= 2 position new.
        case .center: max(0, (2 * position * new - old + 2 * old - 1) / (2 * old))
        }
    }
}
