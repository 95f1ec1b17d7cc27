import Testing
import _TestSupport

extension ParallelJobs {
    /// A job whose ranks no longer hear of each other ends by itself, with a status of its own; one that is slow does
    /// not.
    @Suite struct StalledJobTests {
        private static let status: Int32 = 76

        @Test(arguments: ["silent", "frozen"], [2, 3]) func aSilentRankIsNamedWithItsHost(check: String, ranks: Int)
            throws
        {
            let job = try Job.run("mpi-checks", [check], ranks: ranks)
            #expect(job.status == Self.status, "\(job.output)")
            let claim = "no sign of life from rank \(ranks - 1) on "
            #expect(job.standardError.contains(claim), "\(job.output)")
            #expect(job.standardError.split(separator: claim).count == 2, "once: \(job.output)")
            #expect(job.seconds < Job.soonSeconds)
        }

        @Test func ranksThatWaitForEachOtherAreNamedWithWhatTheyWaitIn() throws {
            let job = try Job.run("mpi-checks", ["deadlock"], ranks: 3)
            #expect(job.status == Self.status, "\(job.output)")
            #expect(job.standardError.contains("all ranks have waited for each other for 2 s"), "\(job.output)")
            #expect(job.standardError.contains("receive from rank"), "\(job.output)")
        }

        @Test(arguments: ["slow", "busy"], [2, 3]) func aRankThatWorksIsWaitedFor(check: String, ranks: Int) throws {
            let job = try Job.run("mpi-checks", [check], ranks: ranks)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("ok \(check)"), "\(job.output)")
        }
    }
}
