internal import Basics
internal import Glibc

/// How long the host waits for other processes, and how often it looks for them.
struct LinkPatience {
    private static let lookNanoseconds = 2_000_000
    /// Who has not asked for so long was not waiting meanwhile.
    private static let longestPause = 1_000_000_000

    /// 0 for ever.
    let seconds: Int
    private var start = 0
    private var lastLook = 0

    init(seconds: Int) { self.seconds = seconds }

    mutating func begin() {
        start = MonotonicClock.nanoseconds
        lastLook = start
    }

    /// Whether it is time to look again.
    var asksAgain: Bool {
        mutating get {
            let now = MonotonicClock.nanoseconds
            guard now - lastLook >= Self.lookNanoseconds else { return false }
            if now - lastLook > Self.longestPause { start = now }
            lastLook = now
            return true
        }
    }

    var isOver: Bool { seconds > 0 && MonotonicClock.nanoseconds - start > seconds * 1_000_000_000 }
}

/// Short at first, so that what is almost there is not waited for too long.
struct LinkPause {
    private var steps = 0

    mutating func step() {
        steps += 1
        if steps < 100 { sched_yield() } else { usleep(50) }
    }
}
