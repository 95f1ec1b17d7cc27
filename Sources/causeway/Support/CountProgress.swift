internal import Basics
internal import Glibc
internal import Synchronization
internal import Training

/// How far a loop over many files is, on standard error: one line that rewrites itself on a terminal, a plain line
/// every few seconds elsewhere.
final class CountProgress: Sendable {
    private let title: String
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let lastShown = Mutex(ContinuousClock.now)

    init(_ title: String, total: Int) {
        self.title = title
        self.total = total
    }

    /// To be called when `done` files are done, in ascending order.
    @Sendable func show(_ done: Int) {
        lastShown.withLock { last in
            let now = ContinuousClock.now
            let interval = Duration.seconds(isTerminal ? 0.1 : 10)
            guard now - last >= interval || (isTerminal && done == total) else { return }
            last = now
            let text = "\(title): \(done) of \(total) images"
            StandardError.write(isTerminal ? "\r\(text)\(done == total ? "\n" : "")" : text + "\n")
        }
    }
}
