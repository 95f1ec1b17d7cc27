internal import Glibc
internal import Synchronization

/// How far a loop over many things is, on standard error: one line that rewrites itself on a terminal, elsewhere a
/// plain line now and then, of which a short loop has none.
///
///     reading: 120 of 2975 images, 14.2 images/s, ETA 3m21s
public final class CountProgress: Sendable {
    /// Whether the last line stays on a terminal, or makes room for what comes next.
    public enum Ending: Sendable {
        case stays, vanishes
    }

    private struct State {
        let start: Double
        var lastShown: Double
        var hasShown = false
        var width = 0
    }

    private let title: String
    private let total: Int
    private let unit: String
    private let ending: Ending
    private let isTerminal: Bool
    private let state: Mutex<State>

    /// Seconds before the first plain line.
    private static let patience = 10.0

    /// - Parameters:
    ///   - total: of things; of none nothing is shown.
    ///   - unit: what they are called.
    ///   - isTerminal: nil asks standard error.
    ///   - now: monotonic seconds, from which on the pace counts; nil asks the clock.
    public init(
        _ title: String, total: Int, of unit: String = "images", ending: Ending = .stays, isTerminal: Bool? = nil,
        now: Double? = nil
    ) {
        self.title = title
        self.total = total
        self.unit = unit
        self.ending = ending
        self.isTerminal = isTerminal ?? (isatty(STDERR_FILENO) == 1)
        let start = now ?? MonotonicClock.seconds
        state = Mutex(State(start: start, lastShown: start))
    }

    /// To be called when `done` things are done, in ascending order; from any thread, one at a time.
    @Sendable public func show(_ done: Int) {
        if let text = update(done, now: MonotonicClock.seconds) { StandardError.write(text) }
    }

    /// What `show` writes; nil when it is too early for another line.
    package func update(_ done: Int, now: Double) -> String? {
        state.withLock { state in
            let isLast = done >= total
            let isDue = now - state.lastShown >= interval(state, now)
            guard isDue || isLast && (state.hasShown || isTerminal && ending == .stays) else { return nil }
            let width = state.width
            let text = text(done, seconds: now - state.start)
            (state.lastShown, state.hasShown, state.width) = (now, true, text.count)
            guard isTerminal else { return text + "\n" }
            guard !isLast || ending == .stays else { return "\r" + Self.blank(width) + "\r" }
            return "\r" + text + Self.blank(width - text.count) + (isLast ? "\n" : "")
        }
    }

    private static func blank(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

    /// Plain lines become sparse, so that a job of hours leaves some dozens.
    private func interval(_ state: State, _ now: Double) -> Double {
        isTerminal ? 0.1 : max(Self.patience, 0.1 * (now - state.start))
    }

    private func text(_ done: Int, seconds: Double) -> String {
        let count = "\(title): \(done) of \(total) \(unit)"
        guard seconds > 0, done > 0 else { return count }
        let pace = Double(done) / seconds
        let rate =
            pace < 1
            ? "\(NumberText.significant(1 / pace)) s each"
            : "\(NumberText.fixed(pace, digits: pace < 100 ? 1 : 0)) \(unit)/s"
        return done >= total
            ? "\(count), \(rate), \(NumberText.duration(seconds: seconds))"
            : "\(count), \(rate), ETA \(NumberText.duration(seconds: Double(total - done) / pace))"
    }
}
