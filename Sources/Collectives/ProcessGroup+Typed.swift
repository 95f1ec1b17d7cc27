extension ProcessGroup {
    // MARK: All-reduce

    /// Starts an all-reduce in place; `owner` keeps the memory alive until the operation has finished.
    public func startAllReduce<Scalar: CollectiveScalar>(
        _ values: UnsafeMutableBufferPointer<Scalar>, _ reduction: Reduction, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        try startAllReduce(
            bytes: UnsafeMutableRawBufferPointer(values), kind: Scalar.scalarKind, reduction, owner: owner)
    }

    /// Joins the values of all ranks, element by element, in place.
    public func allReduce<Scalar: CollectiveScalar>(
        _ values: UnsafeMutableBufferPointer<Scalar>, _ reduction: Reduction
    ) throws(CollectiveError) {
        try startAllReduce(values, reduction, owner: nil).wait()
    }

    /// Joins the values of all ranks, element by element, in place.
    public func allReduce<Scalar: CollectiveScalar>(
        _ values: inout MutableSpan<Scalar>, _ reduction: Reduction
    ) throws(CollectiveError) {
        try values.withUnsafeMutableBufferPointer { (buffer) throws(CollectiveError) in
            try allReduce(buffer, reduction)
        }
    }

    /// Joins the values of all ranks, element by element, in place.
    public func allReduce<Scalar: CollectiveScalar>(
        _ values: inout [Scalar], _ reduction: Reduction
    ) throws(CollectiveError) {
        try values.withUnsafeMutableBufferPointer { (buffer) throws(CollectiveError) in
            try allReduce(buffer, reduction)
        }
    }

    // MARK: Broadcast and barrier

    /// Copies the values of rank `root` over those of every other rank; all ranks pass the same count.
    public func broadcast<Scalar: CollectiveScalar>(
        _ values: UnsafeMutableBufferPointer<Scalar>, from root: Int
    ) throws(CollectiveError) {
        try startBroadcast(bytes: UnsafeMutableRawBufferPointer(values), from: root, owner: nil).wait()
    }

    /// Copies the values of rank `root` over those of every other rank; all ranks pass the same count.
    public func broadcast<Scalar: CollectiveScalar>(
        _ values: inout [Scalar], from root: Int
    ) throws(CollectiveError) {
        try values.withUnsafeMutableBufferPointer { (buffer) throws(CollectiveError) in
            try broadcast(buffer, from: root)
        }
    }

    /// Gives every rank the bytes of rank `root`, whose length the others need not know.
    public func broadcastBytes(_ bytes: [UInt8], from root: Int) throws(CollectiveError) -> [UInt8] {
        var length = [bytes.count]
        try broadcast(&length, from: root)
        var result = rank == root ? bytes : [UInt8](repeating: 0, count: length[0])
        try broadcast(&result, from: root)
        return result
    }

    /// Returns once every rank has called it.
    public func barrier() throws(CollectiveError) {
        try startBarrier().wait()
    }

    // MARK: Messages

    /// Starts a send; `owner` keeps the memory alive until the operation has finished.
    public func startSend<Scalar: CollectiveScalar>(
        _ values: UnsafeBufferPointer<Scalar>, to destination: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        try startSend(bytes: UnsafeRawBufferPointer(values), to: destination, tag: tag, owner: owner)
    }

    /// Starts a receive of exactly `values.count` values; `owner` keeps the memory alive.
    public func startReceive<Scalar: CollectiveScalar>(
        _ values: UnsafeMutableBufferPointer<Scalar>, from source: Int, tag: Int, owner: AnyObject?
    ) throws(CollectiveError) -> PendingOperation {
        try startReceive(bytes: UnsafeMutableRawBufferPointer(values), from: source, tag: tag, owner: owner)
    }

    /// Sends the values and waits until they have left.
    public func send<Scalar: CollectiveScalar>(
        _ values: [Scalar], to destination: Int, tag: Int
    ) throws(CollectiveError) {
        try values.withUnsafeBufferPointer { (buffer) throws(CollectiveError) in
            try startSend(buffer, to: destination, tag: tag, owner: nil).wait()
        }
    }

    /// Waits for a message of exactly `values.count` values.
    public func receive<Scalar: CollectiveScalar>(
        _ values: inout [Scalar], from source: Int, tag: Int
    ) throws(CollectiveError) {
        try values.withUnsafeMutableBufferPointer { (buffer) throws(CollectiveError) in
            try startReceive(buffer, from: source, tag: tag, owner: nil).wait()
        }
    }

    /// Whether a message from `source` with `tag` has arrived. Never blocks.
    public func isMessageAvailable(from source: Int, tag: Int) throws(CollectiveError) -> Bool {
        try waitingMessageBytes(from: source, tag: tag) != nil
    }
}
