import Foundation
import Testing

/// A run of `mpirun` on the program `mpi-checks`.
struct Job {
    let status: Int32
    let output: String
    let seconds: Double

    struct CannotStart: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts the check and waits for its end, at most `limitSeconds`.
    ///
    /// - Parameter ranks: number of ranks; nil runs the program without `mpirun`.
    /// - Parameter settings: more environment variables.
    static func run(
        _ check: [String], ranks: Int?, settings: [String: String] = [:], limitSeconds: Double = 120
    ) throws -> Job {
        let process = Process()
        let program = try sibling("mpi-checks")
        var environment = ProcessInfo.processInfo.environment
        environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
        environment["OPENBLAS_NUM_THREADS"] = "1"
        environment["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = environment.merging(settings) { $1 }
        if let ranks {
            process.executableURL = URL(fileURLWithPath: try launcher())
            process.arguments = ["-n", "\(ranks)", "--oversubscribe", "--bind-to", "none", program] + check
        } else {
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = check
        }
        return try finish(process, limitSeconds: limitSeconds)
    }

    /// Starts the check with `launch/mpirun`, and asks that script to stop once the output has `text`.
    static func stop(_ check: [String], ranks: Int, when text: String) throws -> Job {
        let process = Process()
        let root = URL(filePath: #filePath).appending(path: "../../..").standardized
        process.executableURL = root.appending(path: "launch/mpirun")
        process.arguments = ["-n", "\(ranks)", "--", try sibling("mpi-checks")] + check
        return try finish(process, limitSeconds: 120, stopWhen: text)
    }

    private static func finish(
        _ process: Process, limitSeconds: Double, stopWhen text: String? = nil
    ) throws -> Job {
        let outputFile = FileManager.default.temporaryDirectory.appendingPathComponent("mpi-checks-\(UUID()).txt")
        _ = FileManager.default.createFile(atPath: outputFile.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: outputFile) }
        let handle = try FileHandle(forWritingTo: outputFile)
        process.standardOutput = handle
        process.standardError = handle
        let start = Date()
        // The threads that run tests block signals, and a process inherits that from the thread that starts it.
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        pthread_sigmask(SIG_SETMASK, &noSignals, nil)
        try process.run()
        var text = text
        while process.isRunning && Date().timeIntervalSince(start) < limitSeconds {
            usleep(20_000)
            if let awaited = text, String(decoding: try Data(contentsOf: outputFile), as: UTF8.self).contains(awaited) {
                process.terminate()
                text = nil
            }
        }
        let isLate = process.isRunning
        if isLate { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        let output = String(decoding: try Data(contentsOf: outputFile), as: UTF8.self)
        return Job(
            status: process.terminationStatus, output: isLate ? output + "\nended after \(limitSeconds) s" : output,
            seconds: Date().timeIntervalSince(start))
    }

    /// A product built beside the test program.
    private static func sibling(_ name: String) throws -> String {
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

    private static func launcher() throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let candidates = folders.map { "\($0)/mpirun" }
        guard let launcher = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw CannotStart(
                description: "mpirun is not in PATH, the parallel tests need it: apt-get install openmpi-bin")
        }
        return launcher
    }
}
