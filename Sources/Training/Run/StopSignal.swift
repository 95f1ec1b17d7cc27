internal import Collectives
internal import Glibc
internal import Synchronization

/// Whether the process was asked to stop: by SIGTERM or SIGINT, by SIGUSR1, which launchers pass on to ranks, or by
/// SIGHUP, when its terminal goes away. The run then saves a checkpoint and ends.
///
/// A second SIGTERM or SIGINT ends the process at once. SIGUSR1 and SIGHUP may come as often as they like: a launcher
/// repeats its request until a rank has answered, and both a terminal and its shell send SIGHUP.
///
/// Until the ranks of a job have met, the request is kept as well: a rank that vanished from MPI's start would leave
/// launcher and partners waiting, and one that has met the others gives its folder back. But it may wait for a rank
/// that never comes: `meetingGraceSeconds` after the request it ends by itself, and the launcher ends the others.
public enum StopSignal {
    /// EX_TEMPFAIL: the run is not finished, try again.
    public static let stoppedStatus: Int32 = 75

    private static let wasRaised = Atomic<Bool>(false)
    /// Whether a launcher waits for an answer; a signal handler may not ask the environment.
    private static let answers = Atomic<Bool>(false)

    /// Whether the process may wait for others in MPI's start.
    private static let isMeeting = Atomic<Bool>(false)
    /// MPI's start takes a second or two, more on many hosts.
    private static let meetingGraceSeconds: UInt32 = 10
    /// Whether the next SIGTERM or SIGINT is the second.
    private static let endsNext = Atomic<Bool>(false)

    static var isRaised: Bool { wasRaised.load(ordering: .relaxed) }

    /// To be called at the start of a command that can be stopped, and again as soon as MPI has started, whose plug-ins
    /// may have taken signals for themselves. What came in between is not forgotten.
    ///
    /// - Parameter ranksHaveMet: whether MPI has started; without a launcher there is nobody to meet.
    public static func install(ranksHaveMet: Bool) {
        // What is made when it is first used must not be made in a handler.
        _ = (isRaised, unsaved, unsavedMark, lineEnd, meetingGraceSeconds, endsNext.load(ordering: .relaxed))
        isMeeting.store(Launcher.isPresent && !ranksHaveMet, ordering: .relaxed)
        if ranksHaveMet { alarm(0) } else { signal(SIGALRM) { _ in StopSignal.endMeeting() } }
        answers.store(RankReport.hasListener, ordering: .relaxed)
        for number in [SIGTERM, SIGINT, SIGUSR1, SIGHUP] where number != SIGHUP || !isIgnored(SIGHUP) {
            if number == SIGTERM || number == SIGINT, endsNext.load(ordering: .relaxed) { continue }
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { StopSignal.take($0) }
            // Calls that were under way, such as reads of a file, go on.
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
    }

    private static func take(_ number: Int32) {
        // The call that was interrupted may not have looked at it yet.
        let code = errno
        defer { errno = code }
        wasRaised.store(true, ordering: .relaxed)
        if number == SIGTERM || number == SIGINT {
            endsNext.store(true, ordering: .relaxed)
            signal(SIGTERM, SIG_DFL)
            signal(SIGINT, SIG_DFL)
        }
        if answers.load(ordering: .relaxed) { RankReport.acknowledgeStop() }
        // Repeated requests do not put it off.
        if isMeeting.exchange(false, ordering: .relaxed) { alarm(meetingGraceSeconds) }
    }

    /// The others have not come.
    private static func endMeeting() {
        // What the launcher is to say once for all ranks stands behind a mark: see `RankReport`.
        let end = answers.load(ordering: .relaxed) ? 0 : unsavedMark.utf8CodeUnitCount
        _ = Glibc.write(STDERR_FILENO, unsaved.utf8Start, unsaved.utf8CodeUnitCount - end)
        if end > 0 { _ = Glibc.write(STDERR_FILENO, lineEnd.utf8Start, 1) }
        _exit(stoppedStatus)
    }

    private static let unsaved: StaticString =
        "stopped while ranks of the job waited for others; nothing was saved, as nothing had begun\u{1e}unsaved\n"
    /// The end of `unsaved` that is for the launcher.
    private static let unsavedMark: StaticString = "\u{1e}unsaved\n"
    private static let lineEnd: StaticString = "\n"

    /// As `nohup` has it: the process is to survive its terminal.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
