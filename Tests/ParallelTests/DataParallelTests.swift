import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// Claims about training over several ranks.
    @Suite struct DataParallelJobTests {
        @Test(arguments: ["buckets", "teachers"], [1, 2, 3, 4]) func holds(check: String, ranks: Int) throws {
            let job = try Job.run("mpi-checks", [check], ranks: ranks)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("ok \(check)"), "\(job.output)")
        }

        /// Copies to the host and back go on beside the device's work, at times of each rank's own.
        @Test(arguments: ["buckets", "teachers"], [[:], ["CAUSEWAY_CHECK_COLLECTIVES": "1"]])
        func holdsOnADevice(check: String, settings: [String: String]) throws {
            let job = try Job.run(
                "mpi-checks", [check], ranks: 3,
                settings: settings.merging(["CAUSEWAY_DEVICE": "standin"]) { $1 })
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("ok \(check)"), "\(job.output)")
        }

        @Test(arguments: [1, 2, 3, 4]) func checkpointsLoadOnAnotherNumberOfRanks(ranks: Int) throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("parallel-\(UUID())").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let saving = try Job.run("mpi-checks", ["checkpoints", folder], ranks: ranks)
            #expect(saving.status == 0, "\(saving.output)")
            let loading = try Job.run("mpi-checks", ["loading", folder], ranks: 5 - ranks)
            #expect(loading.status == 0, "\(loading.output)")
        }

        @Test(arguments: [1, 2, 3, 4]) func aFullDiskLeavesTheOlderCheckpoint(ranks: Int) throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("parallel-\(UUID())").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let job = try Job.run("mpi-checks", ["full-disk", folder], ranks: ranks)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("ok full-disk"), "\(job.output)")
        }
    }
}
