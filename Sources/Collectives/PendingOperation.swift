/// What a back end keeps of an operation under way.
public protocol TransferRequest: AnyObject {
    /// Whether the memory is the caller's again; also true after an error.
    var isFinished: Bool { get }
    /// Moves the operation on without blocking.
    /// - Returns: whether it has finished.
    func test() throws(CollectiveError) -> Bool
    /// Blocks until the operation has finished.
    func wait() throws(CollectiveError)
}

/// A started operation. Its memory belongs to the process group until `wait()` returns: neither read nor written,
/// nor freed; `owner` keeps it alive.
///
/// Dropping one unfinished traps, since the other ranks would then write into memory that is no longer ours.
public struct PendingOperation: ~Copyable {
    private let request: any TransferRequest
    private let owner: AnyObject?
    private var isAbandoned = false

    /// For back ends: wraps a request.
    public init(_ request: any TransferRequest, owner: AnyObject?) {
        self.request = request
        self.owner = owner
    }

    /// Moves the operation on without blocking. Operations advance only inside calls like this one, so long
    /// computations call it now and then.
    ///
    /// - Returns: whether `wait()` would return at once.
    @discardableResult
    public borrowing func progress() throws(CollectiveError) -> Bool {
        if request.isFinished { return true }
        return try request.test()
    }

    /// Blocks until the memory is the caller's again.
    public consuming func wait() throws(CollectiveError) {
        if !request.isFinished { try request.wait() }
    }

    /// Gives the operation up because an error is about to end the job: its memory is never freed, so that nothing
    /// breaks before the error has been reported.
    ///
    /// - Precondition: the operation was started with an owner.
    public consuming func abandon() {
        guard !request.isFinished else { return }
        guard let owner else { preconditionFailure("PendingOperation: only memory with an owner can be given up") }
        _ = Unmanaged.passRetained(owner)
        isAbandoned = true
    }

    deinit {
        precondition(request.isFinished || isAbandoned, "PendingOperation: dropped before wait()")
    }
}

/// A request with nothing left to do.
public final class FinishedRequest: TransferRequest {
    public init() {}
    public var isFinished: Bool { true }
    public func test() throws(CollectiveError) -> Bool { true }
    public func wait() throws(CollectiveError) {}
}
