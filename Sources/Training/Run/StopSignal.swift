internal import Collectives
internal import Glibc
internal import Synchronization

/// Whether the process was asked to stop: by SIGTERM or SIGINT, by SIGUSR1, which launchers pass on to ranks, or by
/// SIGHUP, when its terminal goes away. The run then saves a checkpoint and ends.
///
/// A second SIGTERM or SIGINT ends the process at once. SIGUSR1 and SIGHUP may come as often as they like: a launcher
/// repeats its request until a rank has answered, and both a terminal and its shell send SIGHUP.
///
/// Until the ranks of a job have met there is nothing to save, and a rank may wait in MPI's start for one that never
/// comes: a signal then ends it at once, and the launcher ends the others.
public enum StopSignal {
    /// EX_TEMPFAIL: the run is not finished, try again.
    public static let stoppedStatus: Int32 = 75

    private static let wasRaised = Atomic<Bool>(false)
    /// Whether a launcher waits for an answer; a signal handler may not ask the environment.
    private static let answers = Atomic<Bool>(false)

    private static let isAlone = Atomic<Bool>(false)

    static var isRaised: Bool { wasRaised.load(ordering: .relaxed) }

    /// To be called at the start of a command that can be stopped, and again when MPI has started, whose plug-ins may
    /// have taken signals for themselves. What came in between is not forgotten.
    ///
    /// - Parameter ranksHaveMet: whether MPI has started; without a launcher there is nobody to meet.
    public static func install(ranksHaveMet: Bool) {
        _ = isRaised   // what is made when it is first used must not be made in a handler
        isAlone.store(Launcher.isPresent && !ranksHaveMet, ordering: .relaxed)
        answers.store(RankReport.hasListener, ordering: .relaxed)
        for number in [SIGTERM, SIGINT, SIGUSR1, SIGHUP] where number != SIGHUP || !isIgnored(SIGHUP) {
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
        if number == SIGTERM || number == SIGINT { signal(number, SIG_DFL) }
        if answers.load(ordering: .relaxed) { RankReport.acknowledgeStop() }
        if isAlone.load(ordering: .relaxed) { _exit(stoppedStatus) }
    }

    /// As `nohup` has it: the process is to survive its terminal.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
