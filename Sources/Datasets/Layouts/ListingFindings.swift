/// What is met while the files of a split are listed. Of problems, the first ends the listing, or all are kept.
public struct ListingFindings: Sendable {
    /// Whether all problems are kept.
    private let collects: Bool
    /// Incomplete and ambiguous pairs.
    public private(set) var problems: [DatasetError] = []
    public internal(set) var passedOver = PassedOverFiles()

    init(_ options: DatasetOptions) { collects = options.leavesOutIncompletePairs }

    mutating func add(_ problem: DatasetError) throws(DatasetError) {
        guard collects else { throw problem }
        problems.append(problem)
    }
}
