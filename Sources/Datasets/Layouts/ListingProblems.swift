/// What is wrong with the files of a split while they are listed: the first ends the listing, or all are kept.
struct ListingProblems {
    /// Whether all are kept.
    let collects: Bool
    private(set) var found: [DatasetError] = []

    init(_ options: DatasetOptions) { collects = options.leavesOutIncompletePairs }

    mutating func add(_ problem: DatasetError) throws(DatasetError) {
        guard collects else { throw problem }
        found.append(problem)
    }
}
