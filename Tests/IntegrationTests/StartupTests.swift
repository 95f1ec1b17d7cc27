import Testing
import _TestSupport

extension IntegrationTests {
    /// Commands that people wait for answer at once.
    @Suite struct StartupTests {
        /// On two free cores both take 10 to 30 ms. Processor time is what a busy machine leaves alone, but for shared
        /// caches; measuring at length by default, which took 250 ms, or starting MPI would exceed this nevertheless.
        private let limitSeconds = 0.12

        @Test(arguments: [["--help"], ["doctor"], ["train", "--help"]])
        func answersWithoutDelay(arguments: [String]) throws {
            let seconds = try (0..<5).map { _ in try Job.processorSeconds("causeway", arguments) }
            let best = try #require(seconds.min())
            #expect(best < limitSeconds, "causeway \(arguments) took \(seconds) s")
        }

        @Test func doctorSaysAllOfIt() throws {
            let job = try Job.run("causeway", ["doctor"], ranks: nil)
            #expect(job.status == 0)
            for topic in ["MPI", "ranks", "threads", "processor", "cores", "BLAS", "memory", "shared memory"] {
                #expect(job.standardOutput.contains("\n\(topic)  ") || job.standardOutput.hasPrefix(topic), "\(topic)")
            }
            #expect(job.standardOutput.contains("GFLOP/s"))
        }
    }
}
