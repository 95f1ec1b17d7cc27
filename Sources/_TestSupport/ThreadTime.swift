internal import Foundation

/// Seconds of processor time that the calling thread has taken: unlike a clock's, they hardly depend on what else the
/// machine does.
public func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}
