internal import Collectives

/// Lets an operation that must be finished exactly once live in an array or a property.
final class PendingBox {
    private var operation: PendingOperation?

    init(_ operation: consuming PendingOperation) { self.operation = consume operation }

    func progress() throws(CollectiveError) {
        _ = try operation?.progress()
    }

    func wait() throws(CollectiveError) {
        if let operation = operation.take() { try operation.wait() }
    }

    /// An error elsewhere can end the step before the operation is waited for; that error is the one to report.
    deinit {
        if let operation = operation.take() { operation.abandon() }
    }
}
