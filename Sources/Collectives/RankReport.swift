internal import Basics
internal import Glibc

/// The last words of a rank: which error ended it, and that it was asked to stop.
///
/// `launch/supervise` listens on standard error of all ranks, on whatever host they are, and shows the error that came
/// first, once. Lines for it end in the character `recordMark` and fields; `launch/messages.sh` reads them. Started in
/// another way, a rank speaks for itself, rank 0 first.
public enum RankReport {
    /// Ends the readable part of a line that the launcher is to understand.
    private static let recordMark = "\u{1e}"
    /// Stands for a line end inside such a line.
    private static let lineMark = "\u{1f}"
    /// Kept ready, because a signal handler may not make a string.
    private static let stopping: StaticString = "this rank was asked to stop\u{1e}stopping\n"

    /// Whether `launch/supervise` started this process; it gives every job a name.
    public static var hasListener: Bool { getenv("CAUSEWAY_JOB") != nil }

    /// Reports an error once for all ranks that fail alike. Called right before the rank ends, with MPI or without.
    ///
    /// - Parameter status: exit status that follows.
    public static func report(_ error: any Error, status: Int32) {
        let text = "\(beginning)\(error)"
        guard hasListener else {
            // The launcher ends the others unheard, when they fail alike.
            if Launcher.rank > 0 { sleep(1) }
            StandardError.write(text + "\n")
            return
        }
        let line = String(text.map { $0.isNewline ? Character(lineMark) : $0 })
        write("\(line)\(record(status))\(WallClock.nanoseconds)\n")
        // Others that fail alike are heard before the launcher ends them.
        usleep(300_000)
    }

    /// What stands before an error.
    private static var beginning: String {
        let size = Launcher.worldSize ?? 1
        return Launcher.isPresent && size > 1 ? "error on rank \(Launcher.rank) of \(size): " : "error: "
    }

    /// What a launcher that listens reads behind an error, but for the time in nanoseconds.
    private static func record(_ status: Int32) -> String {
        "\(recordMark)error \(Launcher.rank) \(Launcher.worldSize ?? 1) \(status) "
    }

    /// Makes the end for want of memory, where no text can be made any more, a report like others.
    ///
    /// - Parameter remedy: what a user of this command can do about it.
    public static func prepareForShortage(remedy: String) {
        MemoryShortage.setRemedy(remedy)
        MemoryShortage.setReport(before: beginning, record: hasListener ? record(EXIT_FAILURE) : nil)
    }

    /// Tells the launcher that the request to stop has arrived. May be called in a signal handler.
    public static func acknowledgeStop() {
        _ = Glibc.write(STDERR_FILENO, stopping.utf8Start, stopping.utf8CodeUnitCount)
    }

    private static func write(_ line: String) {
        let bytes = Array(line.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

extension ProcessGroup {
    /// Reports an error and ends the job: the others may be waiting for this rank.
    public func end(with error: any Error, status: Int32 = 1) -> Never {
        RankReport.report(error, status: status)
        abort(code: status)
    }
}
