extension ProcessGroup {
    /// Checks that all ranks go by the same facts; the first one that differs is in the error. Collective.
    ///
    /// Costs one small all-reduce where they agree, and a logarithmic number of them to find where they part, so lists
    /// of all files of a data set may be compared.
    ///
    /// - Parameters:
    ///   - facts: not asked for where there is one rank.
    ///   - jobRank: under which number the error names this rank; its rank in this group where nil.
    /// - Throws: `RankDisagreement`, the same on all ranks; `CollectiveError`.
    public func requireSame(_ facts: @autoclosure () throws -> RankFacts, jobRank: Int? = nil) throws {
        guard size > 1 else { return }
        let facts = try facts()
        let digests = facts.digests
        guard try !isSame(digests[digests.count - 1]) else { return }
        let index = try firstDifference(digests)
        let own = index < facts.facts.count ? facts.facts[index] : nil
        let messages = try allGather(Self.message(rank: jobRank ?? rank, own))
        throw RankDisagreement(accounts: messages.map(Self.account))
    }

    /// Whether a number is the same on every rank.
    private func isSame(_ value: UInt64) throws(CollectiveError) -> Bool {
        var bounds = [value, ~value]
        try allReduce(&bounds, .max)
        return bounds[0] == ~bounds[1]
    }

    /// Index of the first fact that is not the same on all ranks, some of which may have no such fact any more.
    private func firstDifference(_ digests: [UInt64]) throws(CollectiveError) -> Int {
        // Beginnings of `same` facts are equal, those of `different` are not.
        var (same, different) = (0, try maximum(digests.count))
        while different - same > 1 {
            let middle = (same + different) / 2
            // A list that has ended has another number than any that goes on.
            let own = middle < digests.count ? digests[middle] : ~digests[digests.count - 1]
            if try isSame(own) { same = middle } else { different = middle }
        }
        return same
    }

    private static func message(rank: Int, _ fact: RankFacts.Fact?) -> [UInt8] {
        let parts = ["\(rank)", HostName.current] + (fact.map { [$0.key, $0.value, $0.remark] } ?? [])
        return Array(parts.joined(separator: "\0").utf8)
    }

    private static func account(_ message: [UInt8]) -> RankDisagreement.Account {
        let parts = message.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let fact = parts.count < 5 ? nil : RankFacts.Fact(key: parts[2], value: parts[3], remark: parts[4])
        return RankDisagreement.Account(rank: Int(parts[0]) ?? 0, host: parts[1], fact: fact)
    }
}
