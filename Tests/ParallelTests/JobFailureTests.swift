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
            #expect(job.output.contains("deliberate failure"), "\(job.output)")
            #expect(ranks == 1 || job.output.contains("error on rank \(ranks - 1) of \(ranks)"), "\(job.output)")
            #expect(job.seconds < 30)
        }

        @Test(arguments: [2, 3]) func aKilledRankEndsTheJobAndIsNamed(ranks: Int) throws {
            let job = try Job.run("mpi-checks", ["killed"], ranks: ranks)
            #expect(job.status != 0)
            #expect(job.output.contains("process rank \(ranks - 1)"), "\(job.output)")
            #expect(job.output.contains("signal 9"), "\(job.output)")
            #expect(job.seconds < 30)
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
