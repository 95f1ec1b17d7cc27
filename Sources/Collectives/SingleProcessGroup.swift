internal import Glibc

/// The group of a program that was not started by `mpirun`: one rank, nothing to exchange.
public final class SingleProcessGroup: ProcessGroup {
    public init() {}

    public var rank: Int { 0 }
    public var size: Int { 1 }
    public var nodeRank: Int { 0 }
    public var nodeSize: Int { 1 }

    public func startAllReduce(
        bytes: UnsafeMutableRawBufferPointer, kind: ScalarKind, _ reduction: Reduction, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation { finished() }

    public func startBroadcast(
        bytes: UnsafeMutableRawBufferPointer, from root: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        precondition(root == 0, "SingleProcessGroup: there is no rank \(root)")
        return finished()
    }

    public func startBarrier() throws(CollectiveError) -> PendingOperation { finished() }

    public func startSend(
        bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        preconditionFailure("SingleProcessGroup: there is no rank \(destination) to send to")
    }

    public func startReceive(
        bytes: UnsafeMutableRawBufferPointer, from source: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        preconditionFailure("SingleProcessGroup: there is no rank \(source) to receive from")
    }

    public func waitingMessageBytes(from source: Int, tag: Int) throws(CollectiveError) -> Int? { nil }

    public func split(color: Int, key: Int) throws(CollectiveError) -> any ProcessGroup { SingleProcessGroup() }

    public func nodeGroup() throws(CollectiveError) -> any ProcessGroup { SingleProcessGroup() }

    public func abort(code: Int32) -> Never { exit(code) }

    private func finished() -> PendingOperation { PendingOperation(FinishedRequest(), owner: nil) }
}
