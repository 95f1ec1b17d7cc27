internal import Basics

/// What the ranks of a `ThreadedGroup` share: collective rounds under way, messages under way, the first failure.
final class ThreadedHub: Sendable {
    /// One collective call; the `sequence`-th of its group.
    struct RoundKey: Hashable {
        let group: String
        let sequence: Int
    }

    /// Sender and receiver are ranks of `group`.
    struct LaneKey: Hashable {
        let group: String
        let source: Int
        let destination: Int
        let tag: Int
    }

    /// Messages of one lane, numbered in the order in which they were started.
    struct Lane {
        var messages: [Int: [UInt8]] = [:]
        var sent = 0
        var receivesStarted = 0
    }

    struct Round {
        let call: CollectiveCall
        var contributions: [Int: [UInt8]] = [:]
        var result: [UInt8]?
        var left = 0
    }

    /// Why every rank that waits must fail.
    struct Failure {
        let code: CollectiveError.Code
        let message: String
    }

    struct State {
        var rounds: [RoundKey: Round] = [:]
        var lanes: [LaneKey: Lane] = [:]
        var failure: Failure?
    }

    let monitor = Monitor(State())
    let timeoutSeconds: Int

    init(timeoutSeconds: Int) {
        self.timeoutSeconds = timeoutSeconds
    }

    /// Lets every waiting rank fail.
    func fail(_ reason: String) {
        monitor.update { state in state.failure = state.failure ?? Failure(code: .peerFailed, message: reason) }
    }
}

/// What a rank calls; all ranks must call the same.
struct CollectiveCall: Equatable, CustomStringConvertible {
    enum Operation: UInt8 { case allReduce, broadcast, barrier, split }

    let operation: Operation
    var kind = ScalarKind.uint8
    var reduction = Reduction.max
    var count = 0
    var root = 0

    var description: String {
        switch operation {
        case .allReduce: "allReduce(\(count) x \(kind), \(reduction))"
        case .broadcast: "broadcast(\(count) bytes from rank \(root))"
        case .barrier: "barrier()"
        case .split: "split()"
        }
    }
}

extension CollectiveCall {
    /// The result of the call from the contributions of all ranks, joined in order of rank.
    func joined(_ contributions: [Int: [UInt8]]) -> [UInt8] {
        switch operation {
        case .barrier, .split: return []
        case .broadcast: return contributions[root] ?? []
        case .allReduce:
            var result = contributions[0] ?? []
            for rank in contributions.keys.sorted() where rank > 0 {
                kind.reduce(&result, with: contributions[rank] ?? [], reduction)
            }
            return result
        }
    }
}

extension ScalarKind {
    fileprivate func reduce(_ values: inout [UInt8], with others: [UInt8], _ reduction: Reduction) {
        switch self {
        case .uint8: Self.reduce(&values, others, UInt8.self, reduction)
        case .int32: Self.reduce(&values, others, Int32.self, reduction)
        case .int64: Self.reduce(&values, others, Int64.self, reduction)
        case .uint64: Self.reduce(&values, others, UInt64.self, reduction)
        case .float32: Self.reduce(&values, others, Float.self, reduction)
        case .float64: Self.reduce(&values, others, Double.self, reduction)
        }
    }

    private static func reduce<Scalar: CollectiveScalar>(
        _ values: inout [UInt8], _ others: [UInt8], _: Scalar.Type, _ reduction: Reduction
    ) {
        let stride = MemoryLayout<Scalar>.stride
        values.withUnsafeMutableBytes { first in
            others.withUnsafeBytes { second in
                for offset in Swift.stride(from: 0, to: first.count, by: stride) {
                    let a = first.loadUnaligned(fromByteOffset: offset, as: Scalar.self)
                    let b = second.loadUnaligned(fromByteOffset: offset, as: Scalar.self)
                    let joined =
                        switch reduction {
                        case .sum: Scalar.wrappingSum(a, b)
                        case .min: Swift.min(a, b)
                        case .max: Swift.max(a, b)
                        }
                    first.storeBytes(of: joined, toByteOffset: offset, as: Scalar.self)
                }
            }
        }
    }
}
