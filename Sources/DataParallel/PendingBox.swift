internal import Collectives
internal import TensorEngine

/// Lets an operation that must be finished exactly once live in an array or a property, together with the memory of a
/// tensor that it works on.
final class PendingBox {
    private var operation: PendingOperation?
    /// What is received or summed here becomes part of its tensor when the operation has ended.
    private let buffer: HostBuffer?

    /// - Parameter buffer: also the operation's owner.
    init(_ operation: consuming PendingOperation, on buffer: HostBuffer? = nil) {
        self.operation = consume operation
        self.buffer = buffer
    }

    /// - Returns: whether `wait()` would return at once.
    @discardableResult
    func progress() throws(CollectiveError) -> Bool {
        try operation?.progress() ?? true
    }

    func wait() throws(CollectiveError) {
        guard let operation = operation.take() else { return }
        try operation.wait()
        buffer?.finish()
    }

    /// An error elsewhere can end the step before the operation is waited for; that error is the one to report.
    deinit {
        if let operation = operation.take() { operation.abandon() }
    }
}
