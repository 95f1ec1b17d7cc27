import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// A job that is asked to stop gets the request, whatever launcher loses it, and leaves nothing behind.
    @Suite struct StopTests {
        /// A launcher that passes no signal on but SIGTERM, which ends everything.
        private func deafLauncher(_ name: String) throws -> TemporaryFolder {
            let folder = TemporaryFolder()
            let script = """
                #!/usr/bin/env bash
                # Launchers take a signal that is ignored when they start; a shell cannot.
                [[ -n "${HEARS:-}" ]] || HEARS=1 exec env --default-signal=USR1 "$0" "$@"
                PATH="${PATH#*:}"
                if [[ "$0" == */srun ]]; then
                    while [[ "$1" == --* ]]; do shift; done
                    set -- -n "$SLURM_NTASKS" --oversubscribe --bind-to none -x CAUSEWAY_JOB "$@"
                fi
                mpirun "$@" &
                job=$!
                trap ':' USR1
                [[ -z "${FORWARDS:-}" ]] || trap 'kill -USR1 "$job"' USR1
                trap 'kill -TERM "$job"' TERM
                status=200
                while [[ -d "/proc/$job" ]]; do wait "$job"; status=$?; done
                exit "$status"
                """
            let path = folder.file(name)
            try script.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            return folder
        }

        @Test func aLauncherThatLosesTheRequestIsPassedBy() throws {
            let tools = try deafLauncher("mpirun")
            let job = try Job.runScript(
                "exec launch/mpirun -n 2 -- mpi-checks stopped", toolFolder: tools.path,
                interruption: .init(.terminate) { $0.contains("working") })
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("saved"), "\(job.output)")
            #expect(job.output.contains("asked 2 ranks of this machine directly"), "\(job.output)")
            #expect(job.output.contains("stopping after this step"), "\(job.output)")
        }

        @Test(arguments: [SIGHUP, SIGUSR1, SIGINT]) func everySignalToTheScriptLetsTheRanksSave(number: Int32) throws {
            let job = try Job.run(
                "mpi-checks", ["stopped"], ranks: 2, interruption: .init(.signal(number)) { $0.contains("working") })
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("saved"), "\(job.output)")
        }

        /// The second request comes while the ranks save, which takes two seconds.
        @Test func askedTwiceItEndsAtOnce() throws {
            let job = try Job.runScript(
                """
                launch/mpirun -n 2 -- mpi-checks stopped &
                sleep 2; kill -TERM $!; sleep 0.5; kill -TERM $!; wait $!
                """)
            #expect(job.status != 0)
            #expect(job.output.contains("stopping without saving"), "\(job.output)")
            #expect(!job.output.contains("saved"), "\(job.output)")
        }

        @Test func aProgramThatCannotBeAskedIsEnded() throws {
            let job = try Job.runScript(
                "exec launch/mpirun -n 2 -- sleep 60",
                interruption: .init(.terminate) { _ in usleep(1_000_000) == 0 })
            #expect(job.status != 0)
            #expect(job.output.contains("cannot be asked to stop; ending it"), "\(job.output)")
            #expect(job.seconds < Job.soonSeconds)
        }

        @Test func theRanksSaveWhenTheScriptIsKilled() throws {
            let folder = TemporaryFolder()
            let output = folder.file("output")
            let job = try Job.runScript(
                """
                launch/mpirun -n 2 -- mpi-checks stopped >\(output) 2>&1 &
                until grep -q working \(output); do sleep 0.05; done
                kill -KILL $!; wait $! 2>/dev/null
                for ((i = 0; i < 1000; i++)); do grep -q "ok stopped" \(output) && exit 0; sleep 0.1; done
                cat \(output); exit 1
                """)
            #expect(job.status == 0, "\(job.output)")
        }

        /// On a busy machine the supervisor's time may be up in the middle of a line that says how the job goes on: here
        /// that the job answered, said by the job itself in two pieces.
        @Test func aLineThatComesInPiecesIsNotLost() throws {
            let folder = TemporaryFolder()
            let script = folder.write(
                "for events in \(folder.path)/*/events; do :; done\n"
                    + "printf answ >$events; sleep 1.5; echo ered >$events; sleep 0.5\n", to: "answer")
            let job = try Job.runScript(
                "exec launch/mpirun -n 1 -- bash \(script)",
                settings: ["TMPDIR": folder.path])
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("stopping after this step"), "\(job.output)")
        }

        @Test func whatKilledJobsLeftInSharedMemoryIsRemovedAndWhatIsInUseIsNot() throws {
            let job = try Job.runScript(
                """
                stale=/dev/shm/vader_segment.$HOSTNAME.$EUID.deadbeef.0; fresh=${stale%.0}.1
                echo left >$stale; touch -d "10 minutes ago" $stale; echo left >$fresh
                causeway doctor | grep -A 1 leftovers
                launch/mpirun -n 2 -- mpi-checks stopped & job=$!
                trap 'kill -TERM $job; wait $job' EXIT
                sleep 2; touch -d "10 minutes ago" /dev/shm/vader_segment.$HOSTNAME.$EUID.*
                touch $fresh
                # Not those of other tests' jobs, which come and go.
                used=$(cat $(pgrep -x mpi-checks | sed 's,.*,/proc/&/maps,') | grep -o '/dev/shm/vader_segment[^ ]*' | sort -u)
                launch/mpirun -n 1 -- true
                ls $used >/dev/null || exit 2
                [[ -n "$used" ]] || echo "no segments here"
                trap - EXIT; kill -TERM $job; wait $job
                [[ ! -e $stale ]] || exit 3
                [[ -e $fresh ]] || exit 4
                rm -f $fresh
                """)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("files of killed jobs"), "\(job.output)")
            #expect(job.output.contains("removed what killed jobs left behind"), "\(job.output)")
        }

        /// A stand-in for `srun` that starts the ranks with mpirun; with and without passing SIGUSR1 on.
        @Test(arguments: [true, false]) func slurmsRequestReachesTheRanks(forwards: Bool) throws {
            let (tools, data, out) = (try deafLauncher("srun"), TemporaryFolder(), TemporaryFolder())
            try Data("#!/bin/sh\nexit 1\n".utf8).write(to: URL(fileURLWithPath: tools.file("scancel")))
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
            let settings = [
                "SLURM_NTASKS": "2", "SLURM_CPUS_PER_TASK": "1", "SLURM_JOB_ID": "7", "TOYTOWN": data.path,
                "SLURM_PROCID": "0", "FORWARDS": forwards ? "1" : "", "OMPI_ALLOW_RUN_AS_ROOT": "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            ]
            let job = try Job.runScript(
                """
                causeway make-toytown --out \(data.path) --train 8 --val 2 --size 128x64 >/dev/null 2>&1
                exec bash launch/slurm.sbatch train --config \(setting) --out \(out.path) --set training.steps=4000
                """,
                toolFolder: tools.path, settings: settings, interruption: .init(.terminate) { $0.contains("step 1/") })
            #expect(job.status == 75, "\(job.output)")
            #expect(job.output.contains("a checkpoint was saved"), "\(job.output)")
            #expect(forwards != job.output.contains("asked 2 ranks of this machine directly"), "\(job.output)")
        }
    }
}
