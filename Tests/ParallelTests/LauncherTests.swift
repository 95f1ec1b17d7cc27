import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// Which program `launch/mpirun -- causeway` starts, and when scripts build one.
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

        @Test func whatIsBuiltIsBuiltAnewOnlyWhereSomethingIsNewer() throws {
            let script = folder.write(
                """
                source launch/common.sh
                CAUSEWAY_ROOT=\(folder.path)
                swift() { echo "swift $*"; }
                mkdir -p "$CAUSEWAY_ROOT"/{.build/release,Sources}
                touch -d '1 hour ago' "$CAUSEWAY_ROOT"/{Package.swift,Sources}
                echo first && build_causeway
                touch "$CAUSEWAY_ROOT/.build/release/causeway" && chmod +x "$CAUSEWAY_ROOT/.build/release/causeway"
                echo again && build_causeway
                touch -d '1 hour' "$CAUSEWAY_ROOT/Sources/new.swift"
                echo changed && build_causeway env -i echo
                """, to: "script")
            let job = try Job.runScript("bash \(script)")
            #expect(
                job.standardOutput == """
                    first
                    ==> building
                    swift build -c release --product causeway
                    again
                    changed
                    ==> building
                    swift build -c release --product causeway

                    """, "\(job.output)")
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

        /// Every variable that the sources name, but for those that a rank is given or that differ between hosts.
        @Test func whatTheProgramReadsFromTheEnvironmentReachesOtherHosts() throws {
            let own: Set<String> = ["CAUSEWAY_JOB"]
            let job = try Job.runScript(
                """
                grep -rhoE '"(CAUSEWAY_[A-Z_]+|CUDA_(HOME|PATH))"' Sources --include=*.swift | tr -d '"' | sort -u
                echo CUDA_VISIBLE_DEVICES
                """)
            let read = job.standardOutput.split(separator: "\n").map(String.init).filter { !own.contains($0) }
            #expect(read.contains("CAUSEWAY_DEVICE") && read.count > 8, "\(job.output)")
            folder.makeFolder("bin")
            let mpirun = folder.write("#!/bin/sh\necho \"$@\" >&2\n", to: "bin/mpirun")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: mpirun)
            let passed = try Job.runScript(
                """
                export PATH='\(folder.path)/bin':"$PATH"
                bash launch/mpirun -n 1 -- causeway help
                """, settings: Dictionary(uniqueKeysWithValues: read.map { ($0, "a value") }), limitSeconds: 60)
            for name in read { #expect(passed.output.contains(" -x \(name) "), "\(name): \(passed.output)") }
        }
    }
}
