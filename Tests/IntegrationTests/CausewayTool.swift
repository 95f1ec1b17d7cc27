import Foundation
import Glibc

/// A finished run of the command-line tool.
struct CausewayTool {
    let status: Int32
    let output: String
    let errors: String

    /// The repository's folder.
    static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    struct CannotStart: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the tool in the repository's folder and waits for it.
    ///
    /// - Parameter ranks: starts that many with `launch/mpirun`; nil runs one process without it.
    static func run(_ arguments: [String], ranks: Int? = nil) throws -> CausewayTool {
        let process = Process()
        let program = try path()
        process.currentDirectoryURL = root
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        if let ranks {
            process.executableURL = root.appending(path: "launch/mpirun")
            process.arguments = ["-n", "\(ranks)", "--", program] + arguments
        } else {
            process.executableURL = URL(filePath: program)
            process.arguments = arguments
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "causeway-tool-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appending(path: "output"), folder.appending(path: "errors"))
        process.standardOutput = try emptyFile(output)
        process.standardError = try emptyFile(errors)
        // The threads that run tests block signals, and a process inherits that from the thread that starts it.
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        pthread_sigmask(SIG_SETMASK, &noSignals, nil)
        try process.run()
        process.waitUntilExit()
        return CausewayTool(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    private static func emptyFile(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    /// The tool that was built beside the tests.
    private static func path() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folders = [own, CommandLine.arguments[0]].map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        let candidates = folders.map { $0.appendingPathComponent("causeway").path }
        guard let program = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw CannotStart(
                description: "causeway is not at \(candidates.joined(separator: " or ")); "
                    + "build it with `swift build -c release --build-tests`")
        }
        return program
    }
}
