/// Somebody who is told, on the thread that computes, that an operation has been done: a sign that the process works.
///
/// `@unchecked Sendable`: called only by the task that it was given to.
package final class OperationObserver: @unchecked Sendable {
    @TaskLocal static var current: OperationObserver?

    let note: () -> Void

    private init(_ note: @escaping () -> Void) { self.note = note }

    /// Runs `body`, and calls `note` for every operation and gradient rule in it that runs on this thread.
    ///
    /// - Parameter note: takes far less time than an operation.
    package static func withNote<Result>(
        _ note: @escaping () -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        try $current.withValue(OperationObserver(note), operation: body)
    }
}
