internal import Basics

/// What a rank goes by, key by key, in the order in which ranks compare it: settings, options, files.
public struct RankFacts: Sendable, Equatable {
    struct Fact: Sendable, Equatable {
        let key: String
        let value: String
        /// Said beside the value, not compared.
        let remark: String
    }

    private(set) var facts: [Fact] = []

    public init() {}

    /// - Parameter remark: helps a reader to see where two lists part; it is not compared.
    public mutating func append(_ key: String, _ value: String, remark: String = "") {
        facts.append(Fact(key: key, value: value, remark: remark))
    }

    public mutating func append(_ others: RankFacts) { facts += others.facts }
}

extension RankFacts {
    /// `key: value` of each.
    public var lines: [String] { facts.map { "\($0.key): \($0.value)" } }

    /// 16 hexadecimal digits that name the whole list.
    public var digest: String { (digests.last ?? 0).hexadecimalDigits }

    /// A number for every beginning of the list, the empty one first (FNV-1a, 64 bits): equal numbers mean equal
    /// beginnings.
    var digests: [UInt64] {
        var hash = FNV1a()
        return [hash.value] + facts.map { fact in
            for text in [fact.key, fact.value] {
                hash.add(text.utf8)
                hash.add(0xFF)   // no byte of a text
            }
            return hash.value
        }
    }
}

/// The ranks of a job do not go by the same facts. All of them throw it alike.
public struct RankDisagreement: Error, Equatable, CustomStringConvertible {
    /// A rank and the first fact in which not all are equal; the fact is nil where the rank's list has ended before.
    struct Account: Sendable, Equatable {
        let rank: Int
        let host: String
        let fact: RankFacts.Fact?

        func agrees(with other: Account) -> Bool { fact?.key == other.fact?.key && fact?.value == other.fact?.value }

        var place: String { "rank \(rank) on \(host)" }
    }

    /// Of every rank.
    let accounts: [Account]

    /// The accounts of most ranks, or of those that say the same as the first where no other account has more.
    private var usual: [Account] {
        var best: [Account] = []
        for account in accounts {
            let alike = accounts.filter { $0.agrees(with: account) }
            if alike.count > best.count { best = alike }
        }
        return best
    }

    /// Names the first odd rank with the first key that differs, and both values.
    public var description: String {
        let usual = usual
        let odd = accounts.filter { account in usual.first.map { !$0.agrees(with: account) } ?? true }
        guard let first = odd.first, let other = usual.first else { return "the ranks of this job differ" }
        let others = odd.dropFirst().map { "\($0.rank)" }
        let ranks = usual.count > 1 ? "\(other.place) and \(usual.count - 1) more" : other.place
        return "\(first.place) differs from \(ranks): \(Self.contrast(first.fact, other.fact))"
            + (others.isEmpty ? "" : " (rank\(others.count == 1 ? "" : "s") \(others.joined(separator: ", ")) too)")
            + "; all ranks of a job must have the same program, options, settings and files"
    }

    private static func contrast(_ odd: RankFacts.Fact?, _ usual: RankFacts.Fact?) -> String {
        guard let odd, let usual, odd.key == usual.key else {
            return "it has \(keyed(odd)) instead of \(keyed(usual))"
        }
        return "\(odd.key) is \(shown(odd)) instead of \(shown(usual))"
    }

    private static func keyed(_ fact: RankFacts.Fact?) -> String {
        fact.map { "\($0.key) \(shown($0))" } ?? "nothing"
    }

    private static func shown(_ fact: RankFacts.Fact) -> String {
        "'\(fact.value)'" + (fact.remark.isEmpty ? "" : " \(fact.remark)")
    }
}
