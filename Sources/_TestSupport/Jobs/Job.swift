internal import Foundation

/// A program of this package that a test started, alone or on several ranks, and what came of it.
public struct Job {
    /// What waits for ever is killed after so long. A busy machine takes its time for all else.
    public static let limitSeconds = 300.0
    /// Within this a job has ended that is said to end soon: long before the limit, however busy the machine is.
    public static let soonSeconds = 100.0

    public let status: Int32
    public let standardOutput: String
    public let standardError: String
    public let seconds: Double

    /// Standard output and standard error, one after the other.
    public var output: String { standardOutput + standardError }

    /// Something done to a job while it runs.
    public struct Interruption {
        public enum Action {
            /// SIGTERM to the process that was started: asks it to stop.
            case terminate
            /// A signal to the process that was started alone.
            case signal(Int32)
            /// SIGKILL to every rank and to the launcher at once, as when the machine goes away.
            case killAll
            /// SIGKILL to one rank.
            case killRank(Int)
            /// Something else, such as cutting a network link.
            case perform(() -> Void)
        }

        let action: Action
        /// Asked many times a second, with what the job has printed so far.
        let isDue: (_ output: String) -> Bool

        public init(_ action: Action, when isDue: @escaping (_ output: String) -> Bool) {
            self.action = action
            self.isDue = isDue
        }
    }

    /// The program cannot be started.
    public struct CannotStart: Error, CustomStringConvertible {
        public let description: String
    }

    /// Starts a program in the repository's folder, with `launch/mpirun` or without a launcher, and waits for its end.
    ///
    /// - Parameters:
    ///   - program: name of an executable product, built beside the tests; or the absolute path of another program.
    ///   - ranks: number of ranks; nil for one process without a launcher.
    ///   - settings: more environment variables.
    ///   - standardInput: what it reads; that of the tests where nil.
    ///   - limitSeconds: it is killed when it takes longer; `standardError` then says so.
    public static func run(
        _ program: String, _ arguments: [String], ranks: Int?, settings: [String: String] = [:],
        standardInput: String? = nil, limitSeconds: Double = Job.limitSeconds, interruption: Interruption? = nil
    ) throws -> Job {
        let process = self.process(settings)
        let inputFolder = TemporaryFolder()
        if let standardInput {
            try standardInput.write(toFile: inputFolder.file("input"), atomically: false, encoding: .utf8)
            process.standardInput = FileHandle(forReadingAtPath: inputFolder.file("input"))
        }
        let path = program.hasPrefix("/") ? program : try sibling(program)
        if let ranks {
            process.executableURL = URL(fileURLWithPath: RepositoryFile.path("launch/mpirun"))
            process.arguments = ["-n", "\(ranks)", "--", path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
        }
        // The folder must outlive the process that reads from it.
        return try withExtendedLifetime(inputFolder) { try finish(process, limitSeconds, interruption) }
    }

    /// Runs a script of bash in the repository's folder; the programs of this package are in its PATH.
    ///
    /// - Parameters:
    ///   - toolFolder: comes before everything else in PATH, for stand-ins.
    public static func runScript(
        _ script: String, toolFolder: String? = nil, settings: [String: String] = [:], limitSeconds: Double = Job.limitSeconds,
        interruption: Interruption? = nil
    ) throws -> Job {
        let process = self.process(settings)
        let programs = URL(fileURLWithPath: try sibling("causeway")).deletingLastPathComponent().path
        let path = [toolFolder, programs, process.environment?["PATH"]].compactMap(\.self).joined(separator: ":")
        process.environment?["PATH"] = path
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script]
        return try finish(process, limitSeconds, interruption)
    }

    private static func process(_ settings: [String: String]) -> Process {
        let process = Process()
        process.currentDirectoryURL = URL(fileURLWithPath: RepositoryFile.path(""))
        var environment = ProcessInfo.processInfo.environment
        environment["OPENBLAS_NUM_THREADS"] = "1"
        environment["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = environment.merging(settings) { $1 }
        return process
    }

    private static func finish(
        _ process: Process, _ limitSeconds: Double, _ interruption: Interruption?
    ) throws -> Job {
        let folder = TemporaryFolder()
        let (output, errors) = (folder.file("output"), folder.file("errors"))
        process.standardOutput = try emptyFile(output)
        process.standardError = try emptyFile(errors)
        let start = Date()
        // The threads that run tests block signals, and a process inherits that from the thread that starts it.
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        pthread_sigmask(SIG_SETMASK, &noSignals, nil)
        try process.run()
        var pending = interruption
        while process.isRunning && Date().timeIntervalSince(start) < limitSeconds {
            usleep(10_000)
            if let due = pending, due.isDue(try text(output) + text(errors)) {
                due.action.apply(to: process.processIdentifier)
                pending = nil
            }
        }
        let isLate = process.isRunning
        if isLate { Interruption.Action.killAll.apply(to: process.processIdentifier) }
        process.waitUntilExit()
        return Job(
            status: process.terminationStatus, standardOutput: try text(output),
            standardError: try text(errors) + (isLate ? "\nended after \(limitSeconds) s" : ""),
            seconds: Date().timeIntervalSince(start))
    }

    private static func emptyFile(_ path: String) throws -> FileHandle {
        let url = URL(fileURLWithPath: path)
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    /// A product built beside the test program.
    public static func sibling(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folders = [own, CommandLine.arguments[0]].map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        let candidates = folders.map { $0.appendingPathComponent(name).path }
        guard let program = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw CannotStart(
                description: "\(name) is not at \(candidates.joined(separator: " or ")); "
                    + "build it with `swift build -c release --build-tests`")
        }
        return program
    }
}

extension Job.Interruption.Action {
    /// - Parameter process: the one that the test started.
    func apply(to process: Int32) {
        switch self {
        case .terminate: kill(process, SIGTERM)
        case .signal(let number): kill(process, number)
        case .killAll: for id in [process] + RunningProcess.descendants(of: process).map(\.id) { kill(id, SIGKILL) }
        case .killRank(let rank):
            let ranks = RunningProcess.descendants(of: process).filter { $0.rank == rank }
            for process in ranks { kill(process.id, SIGKILL) }
        case .perform(let action): action()
        }
    }
}
