import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// Which program `launch/mpirun -- causeway` starts.
    @Suite struct LauncherTests {
        private let folder = TemporaryFolder()

        private func program(_ path: String, saying text: String) throws {
            folder.makeFolder(path.split(separator: "/").dropLast().joined(separator: "/"))
            let file = folder.write("#!/bin/sh\necho \(text) \"$1\" \"$CAUSEWAY_LABELS\"\n", to: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        }

        /// A repository that has nothing but the scripts.
        private func start() throws -> Job {
            try Job.runScript(
                """
                unset CAUSEWAY_LABELS
                cp -r launch '\(folder.path)/'
                export PATH='\(folder.path)/bin':"$PATH"
                exec bash '\(folder.path)/launch/mpirun' -n 1 -- causeway help
                """)
        }

        @Test func theBuildOfTheFolderComesFirst() throws {
            try program(".build/release/causeway", saying: "built")
            try program("bin/causeway", saying: "installed")
            let job = try start()
            #expect(job.status == 0 && job.standardOutput == "built help \n", "\(job.output)")
            #expect(job.standardError == "")
        }

        @Test func whereNoneIsBuiltTheInstalledOneIsTakenAndNamed() throws {
            try program("bin/causeway", saying: "installed")
            let job = try start()
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardOutput == "installed help \(folder.path)/configs/labels\n", "\(job.output)")
            #expect(
                job.standardError
                    == "note: \(folder.path)/.build/release/causeway is not built; \(folder.path)/bin/causeway is "
                    + "used\n")
        }

        @Test func whereThereIsNoneItSaysHowToBuildIt() throws {
            let job = try Job.runScript(
                """
                cp -r launch '\(folder.path)/'
                export PATH=/usr/bin:/bin
                exec bash '\(folder.path)/launch/mpirun' -n 1 -- causeway help
                """)
            #expect(job.status == 1)
            #expect(
                job.standardError
                    == "mpirun: \(folder.path)/.build/release/causeway is not built, and there is no causeway in "
                    + "PATH; run: swift build -c release --product causeway\n")
        }
    }
}
