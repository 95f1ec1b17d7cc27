internal import Basics

extension ThreadedGroup {
    /// Runs `body` once per rank, each on its own thread, and returns the results in order of rank.
    ///
    /// - Parameters:
    ///   - ranksPerNode: ranks that count as neighbours on one node; all by default.
    ///   - timeoutSeconds: longest wait of one operation.
    /// - Throws: the error of the rank that failed first.
    public static func run<Result: Sendable>(
        size: Int, ranksPerNode: Int? = nil, timeoutSeconds: Int = 30,
        _ body: @escaping @Sendable (ThreadedGroup) throws -> Result
    ) throws -> [Result] {
        precondition(size > 0, "ThreadedGroup: needs at least one rank, got \(size)")
        let hub = ThreadedHub(timeoutSeconds: timeoutSeconds)
        let nodes = (0..<size).map { $0 / (ranksPerNode ?? size) }
        let outcomes = Monitor(Outcomes<Result>())
        let threads = try (0..<size).map { rank in
            try NamedThread("rank-\(rank)") {
                let group = ThreadedGroup(rank: rank, nodes: nodes, hub: hub, path: "")
                do {
                    let result = try body(group)
                    outcomes.update { $0.results[rank] = result }
                } catch {
                    outcomes.update { $0.firstError = $0.firstError ?? error }
                    hub.fail("rank \(rank) failed first: \(error)")
                }
            }
        }
        for thread in threads { thread.join() }
        return try outcomes.update { (outcomes) throws in
            if let error = outcomes.firstError { throw error }
            return (0..<size).compactMap { outcomes.results[$0] }
        }
    }

    private struct Outcomes<Result> {
        var results: [Int: Result] = [:]
        var firstError: (any Error)?
    }
}
