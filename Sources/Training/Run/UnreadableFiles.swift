internal import Collectives

/// The files that the ranks of a job could not read. Several ranks may meet the same file, which counts once.
struct UnreadableFiles {
    /// Files of all ranks.
    private(set) var total = 0
    /// This rank's files when the ranks last told each other.
    private(set) var sharedCount = 0

    /// Tells all ranks of all files. Collective; rare, as files seldom break.
    mutating func share(_ own: [String], over world: any ProcessGroup) throws(CollectiveError) {
        let lists = try world.allGather(Array(own.joined(separator: "\n").utf8))
        let files = lists.flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
        total = Set(files).count
        sharedCount = own.count
    }
}
