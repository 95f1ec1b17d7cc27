internal import Glibc

/// Time that no clock setting moves, from an unknown start: for durations.
public enum MonotonicClock {
    public static var nanoseconds: Int { read(CLOCK_MONOTONIC).nanosecondsInAll }
    public static var seconds: Double { read(CLOCK_MONOTONIC).secondsInAll }
}

/// The time of day, since 1970 in UTC.
public enum WallClock {
    public static var nanoseconds: Int { read(CLOCK_REALTIME).nanosecondsInAll }
    public static var seconds: Double { read(CLOCK_REALTIME).secondsInAll }
    /// Whole seconds, and the nanoseconds beyond them.
    public static var now: (seconds: Int, nanoseconds: Int) {
        let time = read(CLOCK_REALTIME)
        return (time.tv_sec, time.tv_nsec)
    }
}

/// Processor time: what other programs do meanwhile does not count.
public enum ProcessorClock {
    /// Of the thread that asks.
    public static var threadSeconds: Double { read(CLOCK_THREAD_CPUTIME_ID).secondsInAll }
    /// Of all threads of this process.
    public static var processSeconds: Double { read(CLOCK_PROCESS_CPUTIME_ID).secondsInAll }
}

extension Duration {
    public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

private func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    clock_gettime(clock, &time)
    return time
}

extension timespec {
    fileprivate var secondsInAll: Double { Double(tv_sec) + 1e-9 * Double(tv_nsec) }
    fileprivate var nanosecondsInAll: Int { tv_sec * 1_000_000_000 + tv_nsec }
}
