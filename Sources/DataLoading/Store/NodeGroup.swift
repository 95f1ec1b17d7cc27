/// The ranks that share a node's memory, as the store needs to see them when it is made.
///
/// The two operations are collective: every rank of the node calls them in the same order, on its main thread.
public struct NodeGroup {
    /// This rank among those of the node.
    public let rank: Int
    /// Ranks of the node.
    public let size: Int
    /// Hands the string of rank 0 to every rank.
    let broadcast: (String) throws -> String
    /// Returns once every rank has called it.
    let barrier: () throws -> Void

    /// - Parameters:
    ///   - broadcast: returns the string that rank 0 passed.
    ///   - barrier: returns once every rank of the node has called it.
    public init(
        rank: Int, size: Int, broadcast: @escaping (String) throws -> String, barrier: @escaping () throws -> Void
    ) {
        precondition((0..<size).contains(rank), "NodeGroup: rank \(rank) is not in 0..<\(size)")
        self.rank = rank
        self.size = size
        self.broadcast = broadcast
        self.barrier = barrier
    }

    /// A process that shares with nobody.
    public static var alone: NodeGroup { NodeGroup(rank: 0, size: 1, broadcast: { $0 }, barrier: {}) }
}
