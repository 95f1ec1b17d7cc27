internal import Basics

/// Ranks as threads of one process: the contract's real semantics without MPI, for tests.
///
/// Stricter than a real back end where that finds errors early: a call that differs between ranks throws on all of
/// them, memory of an operation under way is filled with 0xFF until `wait()`, waiting has a time limit, and when one
/// rank fails the others do.
public final class ThreadedGroup: ProcessGroup {
    public let rank: Int
    public let size: Int
    /// The node of each rank.
    private let nodes: [Int]
    private let hub: ThreadedHub
    private let path: String
    private var sequence = 0

    init(rank: Int, nodes: [Int], hub: ThreadedHub, path: String) {
        self.rank = rank
        self.size = nodes.count
        self.nodes = nodes
        self.hub = hub
        self.path = path
    }

    public var nodeRank: Int { nodes[..<rank].count { $0 == nodes[rank] } }
    public var nodeSize: Int { nodes.count { $0 == nodes[rank] } }

    // MARK: Collectives

    public func startAllReduce(
        bytes: UnsafeMutableRawBufferPointer, kind: ScalarKind, _ reduction: Reduction, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        let count = bytes.count / kind.byteCount
        let call = CollectiveCall(operation: .allReduce, kind: kind, reduction: reduction, count: count)
        return try start(call, bytes, owner)
    }

    public func startBroadcast(
        bytes: UnsafeMutableRawBufferPointer, from root: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        precondition((0..<size).contains(root), "broadcast: there is no rank \(root) in a group of \(size)")
        return try start(CollectiveCall(operation: .broadcast, count: bytes.count, root: root), bytes, owner)
    }

    public func startBarrier() throws(CollectiveError) -> PendingOperation {
        let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        return try start(CollectiveCall(operation: .barrier), nothing, nil)
    }

    private func start(
        _ call: CollectiveCall, _ bytes: UnsafeMutableRawBufferPointer, _ owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        let key = ThreadedHub.RoundKey(group: path, sequence: sequence)
        sequence += 1
        let contribution = Array(bytes)
        try hub.monitor.update { (state) throws(CollectiveError) in
            var round = state.rounds[key] ?? ThreadedHub.Round(call: call)
            guard round.call == call else {
                let message = "this rank calls \(call) where another calls \(round.call); "
                    + "every rank must make the same calls in the same order"
                state.failure = state.failure ?? .init(code: .mismatch, message: message)
                throw error(.mismatch, "\(call)", message)
            }
            round.contributions[rank] = contribution
            if round.contributions.count == size { round.result = call.joined(round.contributions) }
            state.rounds[key] = round
        }
        bytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
        let request = ThreadedRequest(self, "\(call)") { state in
            guard var round = state.rounds[key], let result = round.result else { return false }
            bytes.copyBytes(from: result)
            round.left += 1
            state.rounds[key] = round.left == self.size ? nil : round
            return true
        }
        return PendingOperation(request, owner: owner)
    }

    // MARK: Messages

    public func startSend(
        bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        checkPeer(destination, tag)
        let lane = ThreadedHub.LaneKey(group: path, source: rank, destination: destination, tag: tag)
        let message = Array(bytes)
        hub.monitor.update { state in
            state.lanes[lane, default: .init()].messages[state.lanes[lane]?.sent ?? 0] = message
            state.lanes[lane]?.sent += 1
        }
        return PendingOperation(FinishedRequest(), owner: owner)
    }

    public func startReceive(
        bytes: UnsafeMutableRawBufferPointer, from source: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        checkPeer(source, tag)
        let lane = ThreadedHub.LaneKey(group: path, source: source, destination: rank, tag: tag)
        let ticket = hub.monitor.update { state in
            state.lanes[lane, default: .init()].receivesStarted += 1
            return (state.lanes[lane]?.receivesStarted ?? 1) - 1
        }
        bytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
        let request = ThreadedRequest(self, "receive from rank \(source)") { (state) throws(CollectiveError) in
            guard let message = state.lanes[lane]?.messages.removeValue(forKey: ticket) else { return false }
            guard message.count == bytes.count else {
                throw self.error(
                    .wrongMessageSize, "receive from rank \(source)",
                    "expected \(bytes.count) bytes, the message has \(message.count); both ranks must agree on lengths")
            }
            bytes.copyBytes(from: message)
            return true
        }
        return PendingOperation(request, owner: owner)
    }

    public func waitingMessageBytes(from source: Int, tag: Int) throws(CollectiveError) -> Int? {
        checkPeer(source, tag)
        let key = ThreadedHub.LaneKey(group: path, source: source, destination: rank, tag: tag)
        return hub.monitor.update { state in
            guard let lane = state.lanes[key] else { return nil }
            return lane.messages[lane.receivesStarted]?.count
        }
    }

    // MARK: Division and end

    public func split(color: Int, key: Int) throws(CollectiveError) -> any ProcessGroup {
        let place = sequence
        let colors = try allGather(color)
        let keys = try allGather(key)
        let members = (0..<size).filter { colors[$0] == color }.sorted { (keys[$0], $0) < (keys[$1], $1) }
        guard let newRank = members.firstIndex(of: rank) else {
            preconditionFailure("split: a rank is always a member of its own colour")
        }
        return ThreadedGroup(
            rank: newRank, nodes: members.map { nodes[$0] }, hub: hub, path: "\(path)/\(place):\(color)")
    }

    public func nodeGroup() throws(CollectiveError) -> any ProcessGroup {
        try split(color: nodes[rank], key: rank)
    }

    public func abort(code: Int32) -> Never {
        preconditionFailure("rank \(rank) aborted the job with code \(code)")
    }

    // MARK: Waiting

    fileprivate func finish(
        _ operation: String, timeoutSeconds: Int?,
        _ attempt: (inout ThreadedHub.State) throws(CollectiveError) -> Bool
    ) throws(CollectiveError) -> Bool {
        let done = try hub.monitor.wait(timeoutSeconds: timeoutSeconds ?? 0) {
            (state) throws(CollectiveError) -> Bool? in
            if try attempt(&state) { return true }
            if let failure = state.failure { throw self.error(failure.code, operation, failure.message) }
            return timeoutSeconds == nil ? false : nil
        }
        guard let done else {
            let message = "waited \(timeoutSeconds ?? 0) s; another rank has not made the matching call"
            throw error(.timeout, operation, message)
        }
        return done
    }

    fileprivate var timeoutSeconds: Int { hub.timeoutSeconds }

    private func error(_ code: CollectiveError.Code, _ operation: String, _ message: String) -> CollectiveError {
        CollectiveError(code, operation: operation, rank: rank, message: message)
    }

    private func checkPeer(_ peer: Int, _ tag: Int) {
        precondition(
            (0..<size).contains(peer) && peer != rank, "message: rank \(peer) is not another rank of \(size)")
        precondition((0...MessageTag.limit).contains(tag), "message: tag \(tag) is out of range")
    }
}

/// An operation of one rank under way; `attempt` finishes it under the hub's lock when it can.
private final class ThreadedRequest: TransferRequest {
    private(set) var isFinished = false
    private let group: ThreadedGroup
    private let operation: String
    private let attempt: (inout ThreadedHub.State) throws(CollectiveError) -> Bool

    init(
        _ group: ThreadedGroup, _ operation: String,
        attempt: @escaping (inout ThreadedHub.State) throws(CollectiveError) -> Bool
    ) {
        self.group = group
        self.operation = operation
        self.attempt = attempt
    }

    func test() throws(CollectiveError) -> Bool {
        try finish(timeoutSeconds: nil)
        return isFinished
    }

    func wait() throws(CollectiveError) {
        try finish(timeoutSeconds: group.timeoutSeconds)
    }

    private func finish(timeoutSeconds: Int?) throws(CollectiveError) {
        do {
            isFinished = try group.finish(operation, timeoutSeconds: timeoutSeconds, attempt)
        } catch {
            isFinished = true
            throw error
        }
    }
}
