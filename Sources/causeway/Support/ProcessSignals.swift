internal import Collectives
@preconcurrency internal import Glibc
internal import Training

/// How the process takes signals and the end of those who read its output.
enum ProcessSignals {
    /// Exit status of a command that was asked to stop and has nothing to save, as of one ended by Ctrl-C.
    private static let interruptedStatus: Int32 = 130

    /// To be called before anything else.
    ///
    /// - Parameter canStop: whether the command saves its state when it is asked to stop.
    static func install(canStop: Bool) {
        // `causeway … | head`: what nobody reads any more is not written, and the work goes on.
        signal(SIGPIPE, SIG_IGN)
        if canStop {
            StopSignal.install(ranksHaveMet: false)
        } else if RankReport.hasListener {
            // The launcher started us with this signal ignored.
            signal(SIGUSR1) { _ in _exit(ProcessSignals.interruptedStatus) }
        }
    }

    /// Writes out what is still in the buffer of standard output.
    ///
    /// - Throws: when it cannot be written, unless nobody reads it any more.
    static func flushOutput() throws(CommandError) {
        let isWhole = fflush(stdout) == 0
        let reason = errno
        guard !isWhole || ferror(stdout) != 0 else { return }
        guard !isUnread else { return }
        throw CommandError(
            "standard output cannot be written"
                + (isWhole ? "" : ": \(String(cString: strerror(reason)))") + "; check the space left where it goes")
    }

    /// Whether standard output is a pipe without a reader, or a terminal that is gone.
    private static var isUnread: Bool {
        var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) >= 0 && descriptor.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    }
}
