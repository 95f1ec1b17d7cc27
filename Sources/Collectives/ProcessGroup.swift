/// A set of processes that work together, as seen by one of them.
///
/// Every rank makes the same collective calls in the same order; a decision that leads to a collective is itself
/// agreed by one (`allAgree`, `anyTrue`). Only the thread that made the group calls it.
///
/// The requirements move raw bytes, all without blocking; the typed and blocking calls that everybody uses are
/// extensions, so that a back end is small and each call has one meaning.
///
/// Results of an all-reduce are the same bits on every rank, and the same bits again when the same values are reduced
/// by the same number of ranks. They may differ in the last bits between group sizes, as sums are ordered otherwise.
public protocol ProcessGroup: AnyObject {
    /// This process, in `0..<size`.
    var rank: Int { get }
    var size: Int { get }
    /// This process among those of the group that share its node's memory, in `0..<nodeSize`.
    var nodeRank: Int { get }
    var nodeSize: Int { get }

    /// Joins the values of all ranks, in place.
    func startAllReduce(
        bytes: UnsafeMutableRawBufferPointer, kind: ScalarKind, _ reduction: Reduction, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation

    /// Copies `bytes` of rank `root` over those of every other rank.
    func startBroadcast(
        bytes: UnsafeMutableRawBufferPointer, from root: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation

    /// Finishes once every rank has started it.
    func startBarrier() throws(CollectiveError) -> PendingOperation

    /// Sends to another rank. Messages of one sender and tag arrive in the order in which they were started.
    ///
    /// - Precondition: `destination` is another rank; `tag` is in `0...MessageTag.largest`.
    func startSend(
        bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation

    /// Receives a message of exactly `bytes.count` bytes; another length is an error.
    func startReceive(
        bytes: UnsafeMutableRawBufferPointer, from source: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation

    /// Length of the next message from `source` with `tag`, or nil when none has arrived. Never blocks.
    ///
    /// - Note: a message of 1 GiB or more travels in pieces; this is then the length of its first piece.
    func waitingMessageBytes(from source: Int, tag: Int) throws(CollectiveError) -> Int?

    /// Divides the group: ranks with the same colour form a new one, ordered by key, then by rank here. Collective.
    func split(color: Int, key: Int) throws(CollectiveError) -> any ProcessGroup

    /// The processes of this group on this node, in order of rank. Collective.
    func nodeGroup() throws(CollectiveError) -> any ProcessGroup

    /// Whether a rank may start a collective at a time of its own, between others that it starts on groups of the same
    /// ranks: each group's own order must be the same everywhere in any case.
    var startsAtAnyTime: Bool { get }

    /// Tells ranks that wait for this one and ask whether it is still there that it works. Costs next to nothing; long
    /// work without collectives calls it now and then, from the thread that made the group.
    func pulse()

    /// Ends the job with status `StalledJob.status` when a collective or message makes no progress for so long; 0 waits
    /// for ever. Every rank gives the same.
    func limitWaiting(seconds: Int)

    /// Ends every process of the job at once, with this exit status.
    func abort(code: Int32) -> Never
}

extension ProcessGroup {
    public var startsAtAnyTime: Bool { true }
    // Where ranks are threads of one process, or there is one alone, nobody goes missing.
    public func pulse() {}
    public func limitWaiting(seconds: Int) {}
}

/// Tags of messages; those of the package itself lie above the ones callers may use.
public enum MessageTag {
    /// Largest tag for callers.
    public static let largest = 31_999
    /// Variable-length gather.
    static let gather = 32_001
    /// Largest tag that MPI promises to every program.
    package static let limit = 32_767
}
