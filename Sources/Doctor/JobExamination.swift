package import Collectives
package import Machine

/// What the ranks of a job find together. Every call is collective.
package enum JobExamination {
    /// - Parameters:
    ///   - library: what MPI calls itself.
    ///   - isLaunched: whether mpirun started the process.
    package static func findings(
        _ world: any ProcessGroup, share: CoreShare, library: String, isLaunched: Bool
    ) throws(CollectiveError) -> [Finding] {
        let shares = try world.allGather(Array("\(HostName.current)|\(share.threads)".utf8))
        return [
            Finding("MPI", library.split(separator: ",").prefix(2).joined(separator: ",")),
            ranks(world, shares: shares.map { String(decoding: $0, as: UTF8.self) }, isLaunched: isLaunched),
            threads(share),
        ]
    }

    /// `shares` holds `host|threads` of each rank.
    private static func ranks(_ world: any ProcessGroup, shares: [String], isLaunched: Bool) -> Finding {
        guard isLaunched else {
            return Finding("ranks", "1, started without mpirun; `launch/mpirun -n 3 -- causeway doctor` shows a job")
        }
        var hosts: [(name: String, ranks: Int)] = []
        for host in shares.compactMap({ $0.split(separator: "|").first }) {
            if let index = hosts.firstIndex(where: { $0.name == host }) {
                hosts[index].ranks += 1
            } else {
                hosts.append((String(host), 1))
            }
        }
        let list = hosts.map { "\($0.name) \($0.ranks)" }.joined(separator: ", ")
        return Finding("ranks", "\(world.size) on \(hosts.count) node\(hosts.count == 1 ? "" : "s"): \(list)")
    }

    private static func threads(_ share: CoreShare) -> Finding {
        let ranks = "\(share.nodeRanks) rank\(share.nodeRanks == 1 ? "" : "s")"
        let value = "\(share.threads) a rank (\(ranks) on \(share.nodeCores) cores of this node)"
        if share.isOversubscribed {
            return Finding(
                "threads", .warning, value,
                remedy: "ranks take turns on the cores; start at most \(share.nodeCores) ranks a node for speed")
        }
        let used = share.threads * share.nodeRanks
        guard share.ownCores < share.nodeCores / share.nodeRanks || used * 2 <= share.nodeCores else {
            return Finding("threads", value)
        }
        return Finding(
            "threads", .warning, value,
            remedy: "cores stay idle; start with mpirun --bind-to none so that ranks may use all of them")
    }
}
