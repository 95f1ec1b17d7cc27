internal import Basics
internal import CMPI
internal import Collectives
internal import Glibc

/// Ends of a job that do not depend on MPI: with a link down, its own calls may never return.
enum JobEnd {
    /// Time that MPI has to end all processes of the job.
    private static let abortSeconds = 5
    /// Time that the launcher's daemon of a job that has fallen apart has to end.
    private static let launcherSeconds: UInt32 = 10
    private static let launchers: Set = ["mpirun", "orterun", "orted", "prterun", "prted"]

    /// Ends all processes that MPI can reach, and in any case this one, with this status.
    ///
    /// Open MPI's `mpirun` ends a job one of whose ranks ends with a status that is not 0; told by `MPI_Abort`, it does
    /// the same and prints a page about it.
    static func abort(_ communicator: MPI_Comm?, code: Int32) -> Never {
        fflush(nil)
        if Launcher.isOpenMPI && code != 0 { _exit(code) }
        Deadline(seconds: abortSeconds) { _exit(code) }.start()
        MPI_Abort(communicator, code)
        _exit(code)
    }

    /// The same for a job of which a part cannot be reached. Open MPI's daemon of this host would wait for the others
    /// for ever: a process of its own ends it when it is still there after some seconds.
    static func abandon(_ communicator: MPI_Comm?, code: Int32) -> Never {
        let launcher = getppid()
        if let name = processName(launcher), launchers.contains(name) { cmpi_end_later(launcher, launcherSeconds) }
        abort(communicator, code: code)
    }

    private static func processName(_ process: pid_t) -> String? {
        guard let file = fopen("/proc/\(process)/comm", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}

/// Something that happens on a thread of its own after a time, unless it was called off.
final class Deadline: Sendable {
    private let seconds: Int
    private let action: @Sendable () -> Void
    private let isOff = Flag()

    init(seconds: Int, _ action: @escaping @Sendable () -> Void) {
        self.seconds = seconds
        self.action = action
    }

    func callOff() { isOff.raise() }

    func start() {
        do throws(ThreadError) {
            try NamedThread.detached("deadline") { self.run() }
        } catch {
            preconditionFailure("Deadline: cannot start a thread (\(error))")
        }
    }

    private func run() {
        let end = MonotonicClock.nanoseconds + seconds * 1_000_000_000
        while MonotonicClock.nanoseconds < end {
            if isOff.isRaised { return }
            usleep(20_000)
        }
        if !isOff.isRaised { action() }
    }
}
