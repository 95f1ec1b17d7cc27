internal import CMPI
public import Collectives

/// Ranks that are MPI processes.
///
/// Non-blocking operations of one group may overlap; they advance only inside calls of the group or of
/// `PendingOperation`. Memory above `PieceLimits` travels in pieces, since MPI counts are 32-bit.
///
/// Open MPI chooses the order of additions of an all-reduce by count and group size alone, and every element's sum is
/// made in one place or in one order, so results are equal on all ranks and from run to run.
public final class MPIGroup: ProcessGroup {
    public let nodeRank: Int
    public let nodeSize: Int
    private let communicator: Communicator
    private let limits: PieceLimits

    init(_ communicator: Communicator, pieces limits: PieceLimits) throws(CollectiveError) {
        self.communicator = communicator
        self.limits = limits
        let node = try communicator.splitByNode()
        nodeRank = node.rank
        nodeSize = node.size
    }

    public var rank: Int { communicator.rank }
    public var size: Int { communicator.size }

    // MARK: Collectives

    public func startAllReduce(
        bytes: UnsafeMutableRawBufferPointer, kind: ScalarKind, _ reduction: Reduction, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        let transfer = MPITransfer("all-reduce", on: communicator)
        for piece in pieces(of: bytes.count / kind.byteCount, largest: limits.collectiveCount) {
            let memory = bytes.baseAddress?.advanced(by: piece.start * kind.byteCount)
            try transfer.start { request in
                MPI_Iallreduce(
                    cmpi_in_place(), memory, piece.count, kind.datatype, reduction.operation,
                    communicator.handle, &request)
            }
        }
        return PendingOperation(transfer, owner: owner)
    }

    public func startBroadcast(
        bytes: UnsafeMutableRawBufferPointer, from root: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        precondition((0..<size).contains(root), "broadcast: there is no rank \(root) in a group of \(size)")
        let transfer = MPITransfer("broadcast from rank \(root)", on: communicator)
        for piece in pieces(of: bytes.count, largest: limits.collectiveCount) {
            let memory = bytes.baseAddress?.advanced(by: piece.start)
            try transfer.start { request in
                MPI_Ibcast(memory, piece.count, cmpi_uint8(), narrow(root), communicator.handle, &request)
            }
        }
        return PendingOperation(transfer, owner: owner)
    }

    public func startBarrier() throws(CollectiveError) -> PendingOperation {
        let transfer = MPITransfer("barrier", on: communicator)
        try transfer.start { request in MPI_Ibarrier(communicator.handle, &request) }
        return PendingOperation(transfer, owner: nil)
    }

    // MARK: Messages

    public func startSend(
        bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        checkPeer(destination, tag)
        let transfer = MPITransfer("send to rank \(destination)", on: communicator)
        for piece in messagePieces(bytes.count) {
            let memory = bytes.baseAddress?.advanced(by: piece.start)
            try transfer.start { request in
                MPI_Isend(
                    memory, piece.count, cmpi_uint8(), narrow(destination), narrow(tag), communicator.handle, &request)
            }
        }
        return PendingOperation(transfer, owner: owner)
    }

    public func startReceive(
        bytes: UnsafeMutableRawBufferPointer, from source: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        checkPeer(source, tag)
        let transfer = MPITransfer("receive from rank \(source)", on: communicator)
        for piece in messagePieces(bytes.count) {
            let memory = bytes.baseAddress?.advanced(by: piece.start)
            try transfer.start(expectedBytes: piece.count) { request in
                MPI_Irecv(
                    memory, piece.count, cmpi_uint8(), narrow(source), narrow(tag), communicator.handle, &request)
            }
        }
        return PendingOperation(transfer, owner: owner)
    }

    public func waitingMessageBytes(from source: Int, tag: Int) throws(CollectiveError) -> Int? {
        checkPeer(source, tag)
        var isWaiting: Int32 = 0
        var bytes: Int32 = 0
        try check(
            cmpi_probe(narrow(source), narrow(tag), communicator.handle, &isWaiting, &bytes),
            "probe of rank \(source)", rank: rank)
        return isWaiting == 0 ? nil : Int(bytes)
    }

    // MARK: Division and end

    public func split(color: Int, key: Int) throws(CollectiveError) -> any ProcessGroup {
        precondition(color >= 0, "split: a colour must not be negative, got \(color)")
        // MPI's own call blocks: it is made once all ranks are there.
        try barrier()
        var part: MPI_Comm? = cmpi_comm_null()
        try check(MPI_Comm_split(communicator.handle, narrow(color), narrow(key), &part), "split", rank: rank)
        return try MPIGroup(
            Communicator(owning: part, policy: communicator.policy, watch: communicator.watch), pieces: limits)
    }

    public func nodeGroup() throws(CollectiveError) -> any ProcessGroup {
        try barrier()
        return try MPIGroup(communicator.splitByNode(), pieces: limits)
    }

    public func pulse() { communicator.watch?.pulse() }

    public func limitWaiting(seconds: Int) { communicator.watch?.limitWaiting(seconds: seconds) }

    public func abort(code: Int32) -> Never { JobEnd.abort(communicator.handle, code: code) }

    // MARK: Pieces

    private struct TransferPiece {
        let start: Int
        let count: Int32
    }

    private func pieces(of count: Int, largest: Int) -> [TransferPiece] {
        stride(from: 0, to: count, by: largest).map { start in
            TransferPiece(start: start, count: narrow(min(largest, count - start)))
        }
    }

    /// An empty message is still one message.
    private func messagePieces(_ count: Int) -> [TransferPiece] {
        count == 0 ? [TransferPiece(start: 0, count: 0)] : pieces(of: count, largest: limits.messageBytes)
    }

    private func checkPeer(_ peer: Int, _ tag: Int) {
        precondition(
            (0..<size).contains(peer) && peer != rank, "message: rank \(peer) is not another rank of \(size)")
        precondition((0...MessageTag.limit).contains(tag), "message: tag \(tag) is out of range")
    }
}

extension ScalarKind {
    fileprivate var datatype: MPI_Datatype? {
        switch self {
        case .uint8: cmpi_uint8()
        case .int32: cmpi_int32()
        case .int64: cmpi_int64()
        case .uint64: cmpi_uint64()
        case .float32: cmpi_float32()
        case .float64: cmpi_float64()
        }
    }
}

extension Reduction {
    fileprivate var operation: MPI_Op? {
        switch self {
        case .sum: cmpi_sum()
        case .min: cmpi_min()
        case .max: cmpi_max()
        }
    }
}
