/// Checks, before each collective, that all ranks make the same call: operation, scalar kind, count, reduction, root.
///
/// A wrong program then fails with the calls of all ranks instead of hanging or mixing data. Each collective costs a
/// second small one, so this is a debugging aid (`CAUSEWAY_CHECK_COLLECTIVES=1`).
public final class CheckedGroup: ProcessGroup {
    private let base: any ProcessGroup

    public init(_ base: any ProcessGroup) {
        self.base = base
    }

    public var rank: Int { base.rank }
    public var size: Int { base.size }
    public var nodeRank: Int { base.nodeRank }
    public var nodeSize: Int { base.nodeSize }

    public func startAllReduce(
        bytes: UnsafeMutableRawBufferPointer, kind: ScalarKind, _ reduction: Reduction, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        let count = bytes.count / kind.byteCount
        try check(CollectiveCall(operation: .allReduce, kind: kind, reduction: reduction, count: count))
        return try base.startAllReduce(bytes: bytes, kind: kind, reduction, owner: owner)
    }

    public func startBroadcast(
        bytes: UnsafeMutableRawBufferPointer, from root: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        try check(CollectiveCall(operation: .broadcast, count: bytes.count, root: root))
        return try base.startBroadcast(bytes: bytes, from: root, owner: owner)
    }

    public func startBarrier() throws(CollectiveError) -> PendingOperation {
        try check(CollectiveCall(operation: .barrier))
        return try base.startBarrier()
    }

    public func startSend(
        bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        try base.startSend(bytes: bytes, to: destination, tag: tag, owner: owner)
    }

    public func startReceive(
        bytes: UnsafeMutableRawBufferPointer, from source: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        try base.startReceive(bytes: bytes, from: source, tag: tag, owner: owner)
    }

    public func waitingMessageBytes(from source: Int, tag: Int) throws(CollectiveError) -> Int? {
        try base.waitingMessageBytes(from: source, tag: tag)
    }

    public func split(color: Int, key: Int) throws(CollectiveError) -> any ProcessGroup {
        try check(CollectiveCall(operation: .split))
        return CheckedGroup(try base.split(color: color, key: key))
    }

    public func nodeGroup() throws(CollectiveError) -> any ProcessGroup {
        try check(CollectiveCall(operation: .split))
        return CheckedGroup(try base.nodeGroup())
    }

    /// A check waits for all ranks, who must not wait in another group's meanwhile.
    public var startsAtAnyTime: Bool { false }

    public func pulse() { base.pulse() }

    public func limitWaiting(seconds: Int) { base.limitWaiting(seconds: seconds) }

    public func abort(code: Int32) -> Never { base.abort(code: code) }

    private func check(_ call: CollectiveCall) throws(CollectiveError) {
        // One row a rank, zero on the others, so that the sum holds every rank's call.
        let fields = [Int(call.operation.rawValue), Int(call.kind.rawValue), Int(call.reduction.rawValue)]
            + [call.count, call.root]
        var table = [Int](repeating: 0, count: size * fields.count)
        for (column, field) in fields.enumerated() { table[rank * fields.count + column] = field }
        try base.allReduce(&table, .sum)
        let calls = (0..<size).map { Self.call(Array(table[$0 * fields.count..<($0 + 1) * fields.count])) }
        guard calls.contains(where: { $0 != call }) else { return }
        let listing = calls.enumerated().map { "rank \($0) calls \($1.map(String.init(describing:)) ?? "?")" }
        let message = "the ranks disagree: " + listing.joined(separator: ", ")
            + "; every rank must make the same calls in the same order"
        throw CollectiveError(.mismatch, operation: "\(call)", rank: rank, message: message)
    }

    private static func call(_ fields: [Int]) -> CollectiveCall? {
        guard let operation = CollectiveCall.Operation(rawValue: UInt8(clamping: fields[0])),
            let kind = ScalarKind(rawValue: UInt8(clamping: fields[1])),
            let reduction = Reduction(rawValue: UInt8(clamping: fields[2]))
        else { return nil }
        return CollectiveCall(operation: operation, kind: kind, reduction: reduction, count: fields[3], root: fields[4])
    }
}
