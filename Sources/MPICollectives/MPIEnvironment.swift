internal import CMPI
public import Collectives
internal import Glibc

/// MPI from start to end of the program. Exactly one is made in a process, on the main thread, which alone uses it.
public struct MPIEnvironment: ~Copyable {
    /// Every rank of the job, on a communicator of our own.
    public let world: any ProcessGroup
    private let isOpen: Bool

    /// Starts MPI at the funnelled thread level.
    ///
    /// - Throws: `unsupported` when the library gives a lower level.
    public init(waiting policy: WaitPolicy = .fromEnvironment) throws(CollectiveError) {
        try self.init(waiting: policy, pieces: .standard)
    }

    init(waiting policy: WaitPolicy, pieces: PieceLimits) throws(CollectiveError) {
        TransportSettings.apply()
        var provided: Int32 = 0
        // Ranks that never come, because they ended before, would be waited for for ever.
        let deadline = Self.deadline(of: "MPI_Init, in which all ranks of the job meet,")
        deadline.start()
        defer { deadline.callOff() }
        try check(MPI_Init_thread(nil, nil, cmpi_thread_funneled(), &provided), "MPI_Init_thread", rank: 0)
        guard provided >= cmpi_thread_funneled() else {
            throw CollectiveError(
                .unsupported, operation: "MPI_Init_thread", rank: 0,
                message: "MPI gives thread level \(provided), MPI_THREAD_FUNNELED is needed; "
                    + "use an MPI that was built with thread support")
        }
        try check(MPI_Comm_set_errhandler(cmpi_comm_world(), cmpi_errors_return()), "MPI_Comm_set_errhandler", rank: 0)
        let unwatched = try MPIGroup(Communicator(owning: Self.duplicate(), policy: policy), pieces: pieces)
        let hosts = try unwatched.allGather(Array(HostName.current.utf8)).map { String(decoding: $0, as: UTF8.self) }
        let watch = JobWatch(try Self.duplicate(), rank: unwatched.rank, hosts: hosts)
        let group = try MPIGroup(
            Communicator(owning: Self.duplicate(), policy: policy, watch: watch), pieces: pieces)
        // A rank that checks while others do not would make another call than they do.
        world = try group.anyTrue(Self.checksCollectives) ? CheckedGroup(group) : group
        isOpen = true
    }

    /// All ranks of the job, on a communicator whose errors come back as codes.
    private static func duplicate() throws(CollectiveError) -> MPI_Comm? {
        var duplicate: MPI_Comm? = cmpi_comm_null()
        try check(MPI_Comm_dup(cmpi_comm_world(), &duplicate), "MPI_Comm_dup", rank: 0)
        try check(MPI_Comm_set_errhandler(duplicate, cmpi_errors_return()), "MPI_Comm_set_errhandler", rank: 0)
        return duplicate
    }

    /// Ends this process when a call of MPI has not come back for long.
    private static func deadline(of call: String) -> Deadline {
        Deadline(seconds: StalledJob.defaultSeconds) {
            let message = "\(call) has not come back for \(StalledJob.defaultSeconds) s on \(HostName.current)"
            RankReport.report(StalledJob(message), status: StalledJob.status)
            _exit(StalledJob.status)
        }
    }

    /// Ends MPI; every rank calls it. What fails there ends the job.
    public consuming func finalize() {
        do throws(CollectiveError) { try world.barrier() } catch { world.end(with: error) }
        // MPI's own call blocks, and would for ever if a host went away just now.
        let deadline = Self.deadline(of: "MPI_Finalize")
        deadline.start()
        defer { deadline.callOff() }
        do throws(CollectiveError) {
            try check(MPI_Finalize(), "MPI_Finalize", rank: 0)
        } catch {
            RankReport.report(error, status: EXIT_FAILURE)
            _exit(EXIT_FAILURE)
        }
    }

    deinit {
        var isFinalized: Int32 = 0
        precondition(
            MPI_Finalized(&isFinalized) == MPI_SUCCESS && isFinalized != 0,
            "MPIEnvironment: dropped without finalize()")
    }

    /// Whether this process was started by `mpirun` or another MPI launcher. MPI is not started otherwise.
    public static var isLaunchedByMPI: Bool { Launcher.isPresent }

    private static var checksCollectives: Bool {
        guard let value = getenv("CAUSEWAY_CHECK_COLLECTIVES") else { return false }
        return String(cString: value) == "1"
    }
}

extension MPIEnvironment {
    /// Runs a program on the ranks that it was started with: the whole job under `mpirun`, one process without.
    ///
    /// An error that leaves `body` is reported (`RankReport`), and ends the job on all ranks with status 1: the others
    /// may be waiting for the one that failed.
    ///
    /// - Parameters:
    ///   - facts: what all ranks must have been started with alike; asked for only where there are several. Ranks that
    ///     differ end the job before `body`.
    ///   - body: gets the world.
    public static func run(
        comparing facts: () -> RankFacts, _ body: (any ProcessGroup) throws -> Void
    ) {
        run(pieces: .standard) { world in
            try world.requireSame(facts())
            try body(world)
        }
    }

    /// For checks of transfers in pieces, which need small ones.
    package static func run(pieces: PieceLimits, _ body: (any ProcessGroup) throws -> Void) {
        guard isLaunchedByMPI else {
            endingOnErrors(SingleProcessGroup(), body)
            return
        }
        do {
            let environment = try MPIEnvironment(waiting: .fromEnvironment, pieces: pieces)
            endingOnErrors(environment.world, body)
            environment.finalize()
        } catch {
            RankReport.report(error, status: EXIT_FAILURE)
            exit(EXIT_FAILURE)
        }
    }

    private static func endingOnErrors(_ world: any ProcessGroup, _ body: (any ProcessGroup) throws -> Void) {
        do {
            try body(world)
        } catch {
            world.end(with: error)
        }
    }
}
