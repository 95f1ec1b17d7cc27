import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// A setting may name any variable of the shell that starts a job.
    @Suite struct JobEnvironmentTests {
        /// Names that the scripts of `launch` use for themselves, in upper and lower case.
        private static let names = [
            "ROOT", "OUT", "DATA", "RULE", "name", "job", "status", "folder", "program", "options", "ranks", "caller",
            "command", "output", "failed", "SYSTEM_PACKAGES", "CHANGED_VARIABLES",
            "CAUSEWAY_ROOT",
        ]

        @Test func ranksHaveTheVariablesOfTheShellThatStartedThem() throws {
            let settings = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, "mine of $HOME = '\($0)'") })
            let job = try Job.run("/usr/bin/env", [], ranks: 1, settings: settings)
            #expect(job.status == 0, "\(job.output)")
            let lines = Set(job.standardOutput.split(separator: "\n").map(String.init))
            for name in Self.names { #expect(lines.contains("\(name)=mine of $HOME = '\(name)'"), "\(name)") }
            #expect(lines.contains("OPENBLAS_NUM_THREADS=1"))
            #expect(lines.contains { $0.hasPrefix("CAUSEWAY_JOB=") })
        }
    }
}
