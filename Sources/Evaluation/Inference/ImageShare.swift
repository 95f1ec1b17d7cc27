/// The images of a data set that one of several workers looks at: those whose index leaves its rank when divided by the
/// count of workers, so that shares differ by at most one image.
///
///     ImageShare(rank: 1, count: 3).indices(of: 7)    // 1, 4
public struct ImageShare: Sendable, Equatable {
    public let rank: Int
    public let count: Int

    /// - Precondition: `rank` is in `0..<count`.
    public init(rank: Int, count: Int) {
        precondition(count > 0 && (0..<count).contains(rank), "ImageShare: there is no rank \(rank) of \(count)")
        self.rank = rank
        self.count = count
    }

    /// Every image.
    public static let whole = ImageShare(rank: 0, count: 1)

    /// How many of `total` images are about done when this worker has done that of an index, as all get on alike.
    public func done(after index: Int, of total: Int) -> Int { min(index - rank + count, total) }

    /// This share of the first `total` indices, ascending; empty where there are more workers than images.
    public func indices(of total: Int) -> StrideTo<Int> { stride(from: rank, to: total, by: count) }
}
