internal import CMPI
internal import Collectives
internal import Glibc

/// Ends of a job that do not depend on MPI: with a link down, its own calls may never return.
enum JobEnd {
    /// Time that MPI has to end all processes of the job.
    private static let abortSeconds = 5

    /// Ends all processes that MPI can reach, and in any case this one, with this status.
    ///
    /// Open MPI's `mpirun` ends a job one of whose ranks ends with a status that is not 0; told by `MPI_Abort`, it does
    /// the same and prints a page about it.
    static func abort(_ communicator: MPI_Comm?, code: Int32) -> Never {
        if Launcher.isOpenMPI && code != 0 {
            fflush(nil)
            _exit(code)
        }
        Deadline(seconds: abortSeconds) { _exit(code) }.start()
        MPI_Abort(communicator, code)
        _exit(code)
    }

    static func warn(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// Something that happens on a thread of its own after a time, unless it was called off.
final class Deadline: Sendable {
    private final class Box: Sendable {
        let deadline: Deadline
        init(_ deadline: Deadline) { self.deadline = deadline }
    }

    private let seconds: Int
    private let action: @Sendable () -> Void
    private let isOff = Flag()

    init(seconds: Int, _ action: @escaping @Sendable () -> Void) {
        self.seconds = seconds
        self.action = action
    }

    func callOff() { isOff.raise() }

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Box(self)).toOpaque()
        let status = pthread_create(&thread, nil, { context in
            guard let context else { return nil }
            Unmanaged<Box>.fromOpaque(context).takeRetainedValue().deadline.run()
            return nil
        }, context)
        precondition(status == 0, "Deadline: cannot start a thread (error \(status))")
        pthread_detach(thread)
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
