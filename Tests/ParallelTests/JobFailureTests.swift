import Testing
import _TestSupport

extension ParallelJobs {
    /// A job that goes wrong ends soon, with a status other than 0, and says what happened where.
    @Suite struct JobFailureTests {
        @Test(arguments: [2, 3]) func differentCallsAreNamedByRank(ranks: Int) throws {
            let job = try Job.run("mpi-checks", ["mismatch"], ranks: ranks)
            #expect(job.status != 0)
            #expect(job.output.contains("rank 0 calls allReduce(4 x float32, sum)"), "\(job.output)")
            #expect(job.output.contains("rank \(ranks - 1) calls allReduce(5 x float32, sum)"), "\(job.output)")
        }

        @Test func aMessageOfAnotherLengthNamesBothLengths() throws {
            let job = try Job.run("mpi-checks", ["wrong-size"], ranks: 3)
            #expect(job.status != 0)
            let claim = "receive from rank 0 failed: expected 20 bytes, the message has 12"
            #expect(job.output.contains(claim), "\(job.output)")
        }

        @Test(arguments: [1, 2, 4]) func anErrorOnOneRankEndsAllRanks(ranks: Int) throws {
            let job = try Job.run("mpi-checks", ["failure"], ranks: ranks)
            #expect(job.status != 0)
            let place = ranks == 1 ? "" : " on rank \(ranks - 1) of \(ranks)"
            #expect(job.output == "error\(place): deliberate failure\n")
            #expect(job.status == 1)
            #expect(job.seconds < Job.soonSeconds)
        }

        @Test func anErrorOfAllRanksIsToldOnceWithoutARank() throws {
            let job = try Job.run("mpi-checks", ["common-failure"], ranks: 3)
            #expect(job.status == 1)
            #expect(job.output == "error: deliberate failure\nof two lines\n")
        }

        /// The rank that failed first is the one that is told, however soon the others fail of it.
        @Test func ofSeveralErrorsTheFirstIsTold() throws {
            let job = try Job.run("mpi-checks", ["different-failures"], ranks: 3)
            #expect(job.status == 1)
            #expect(job.output == "error on rank 2 of 3: failure of rank 2\n")
        }

        /// Frames of Open MPI that are about something else, and rules of the program's own, pass unchanged.
        @Test func whatOthersWritePassesUnchanged() throws {
            let missing = try Job.run("mpi-checks", ["failure"], ranks: nil)
            #expect(missing.output == "error: deliberate failure\n")
            let rule = String(repeating: "-", count: 74)
            let script = "launch/mpirun -n 1 -- bash -c 'printf \"%s\\nown text\\nno end\" \(rule) >&2; exit 3'"
            let own = try Job.runScript(script)
            #expect(own.standardError == "\(rule)\nown text\nno end")
            #expect(own.status == 3)
            let nothing = try Job.runScript("launch/mpirun -n 1 -- ./no-such-program")
            #expect(nothing.standardError.contains("Executable: ./no-such-program"), "\(nothing.output)")
            #expect(nothing.status != 0)
        }

        @Test(arguments: [2, 3]) func aKilledRankEndsTheJobAndIsNamed(ranks: Int) throws {
            let job = try Job.run("mpi-checks", ["killed"], ranks: ranks)
            #expect(job.status != 0)
            let lines = job.output.split(separator: "\n")
            #expect(lines.count == 1, "\(job.output)")
            #expect(job.output.hasPrefix("error: rank \(ranks - 1) on host "), "\(job.output)")
            #expect(job.output.contains("was killed by signal 9 (Killed)"), "\(job.output)")
            #expect(job.output.contains("memory runs out"), "\(job.output)")
            #expect(job.seconds < Job.soonSeconds)
        }

        /// mpirun alone would kill the ranks one second after it was asked to stop.
        @Test func ranksAskedToStopHaveTimeToSave() throws {
            let job = try Job.run(
                "mpi-checks", ["stopped"], ranks: 3,
                interruption: .init(.terminate) { $0.contains("working") })
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("saved"), "\(job.output)")
        }
    }
}
