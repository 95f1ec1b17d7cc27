internal import Basics
internal import Glibc

/// How a blocking call waits.
///
/// MPI's own blocking calls spin on a core. When ranks outnumber cores, as on the laptop that runs three ranks on two
/// cores, a waiting rank then takes the time of the one it waits for. So every blocking call here is a non-blocking
/// one and a loop that gives the core away.
public enum WaitPolicy: Sendable, Equatable {
    /// Spins for some 20 µs, then yields, then sleeps with growing pauses of at most 100 µs.
    case polite
    /// Only spins: the shortest latency when every rank has its core.
    case spin

    /// `spin` when the environment says `CAUSEWAY_MPI_WAIT=spin`.
    public static var fromEnvironment: WaitPolicy {
        guard let text = getenv("CAUSEWAY_MPI_WAIT") else { return .polite }
        return String(cString: text) == "spin" ? .spin : .polite
    }
}

/// The pauses of one wait.
struct Backoff {
    private static let spinNanoseconds = 20_000
    private static let yieldNanoseconds = 100_000
    private static let firstPauseNanoseconds = 25_000
    private static let longestPauseNanoseconds = 100_000

    private let policy: WaitPolicy
    private let start: Int
    private var pause = Backoff.firstPauseNanoseconds

    init(_ policy: WaitPolicy) {
        self.policy = policy
        start = policy == .spin ? 0 : MonotonicClock.nanoseconds
    }

    /// Called after each unsuccessful attempt.
    mutating func step() {
        guard policy == .polite else { return }
        let waited = MonotonicClock.nanoseconds - start
        if waited < Self.spinNanoseconds { return }
        if waited < Self.yieldNanoseconds {
            sched_yield()
            return
        }
        var duration = timespec(tv_sec: 0, tv_nsec: pause)
        nanosleep(&duration, nil)
        pause = min(2 * pause, Self.longestPauseNanoseconds)
    }
}
