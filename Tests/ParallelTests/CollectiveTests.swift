import Testing
import _TestSupport

extension ParallelJobs {
    /// Claims about the collectives over MPI, at every number of ranks.
    @Suite struct CollectiveTests {
        static let checks = [
            "reductions", "broadcasts", "messages", "gathers", "groups", "overlap", "pieces", "repeatable", "patience",
        ]

        @Test(arguments: checks, [1, 2, 3, 4]) func holds(check: String, ranks: Int) throws {
            let job = try Job.run("mpi-checks", [check], ranks: ranks)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("ok \(check)"), "\(job.output)")
        }

        @Test func runsAsOneProcessWithoutMPIRun() throws {
            let job = try Job.run("mpi-checks", ["reductions"], ranks: nil)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output == "ok reductions\n")
        }

        /// Where the kernel forbids single copies, messages pass through small shared segments.
        @Test func messagesNeedNeitherSingleCopiesNorSharedMemoryFolder() throws {
            let settings = [
                "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_btl_vader_backing_directory": "/tmp",
            ]
            let job = try Job.run("mpi-checks", ["overlap"], ranks: 3, settings: settings)
            #expect(job.status == 0, "\(job.output)")
        }
    }
}
