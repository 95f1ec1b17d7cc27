import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// Claims about jobs on two hosts, each with a network address, a name and shared memory of its own.
    @Suite(.enabled(if: TwoHosts.obstacle == nil, "no two hosts can be made here: \(TwoHosts.obstacle ?? "")"))
    struct TwoHostsTests {
        /// That of the losses of any number of ranks.
        private static let tolerance = 1e-4

        private func expectSameLosses(_ hosts: TwoHosts, steps: Int) throws {
            let (expected, losses) = (try hosts.losses("alone"), try hosts.losses("out"))
            #expect(expected.count == steps)
            #expect(losses.count == steps)
            let differences = zip(losses, expected).map { abs($0 - $1) / $1 }
            #expect(differences.max() ?? .infinity <= Self.tolerance, "\(differences)")
        }

        @Test func studentsAndTheirTeacherOnAnotherHostGiveTheLossesOfOneProcess() throws {
            let hosts = try TwoHosts()
            let alone = try hosts.trainAlone(["training.steps=8", "distribution.teachers=0"])
            try #require(alone.status == 0, "\(alone.output)")
            let job = try hosts.train(ranks: (2, 1), ["training.steps=8", "distribution.teachers=1"])
            try #require(job.status == 0, "\(job.output)")
            try expectSameLosses(hosts, steps: 8)
        }

        /// The link goes down in the middle of a run, which ends and goes on later; its losses are those of one process
        /// that was never stopped.
        @Test func aLinkThatGoesDownEndsTheJobAndTheCheckpointGoesOnOnBothHosts() throws {
            let hosts = try TwoHosts()
            let alone = try hosts.trainAlone(["distribution.teachers=0"])
            try #require(alone.status == 0, "\(alone.output)")

            let changes = ["distribution.teachers=0", "checkpoint.every=10", "distribution.stallSeconds=4"]
            let stalled = try hosts.train(ranks: (2, 2), changes, interruption: hosts.cut(afterStep: 11))
            #expect(stalled.status == 76, "\(stalled.output)")
            #expect(
                stalled.standardError.contains("no sign of life from ranks 2, 3 on beta for 4 s"), "\(stalled.output)")
            #expect(stalled.seconds < Job.soonSeconds)
            #expect(FileManager.default.fileExists(atPath: "\(hosts.outputFolder)/checkpoints/step-000010/index.json"))

            let resumed = try hosts.train(ranks: (2, 2), changes, resumes: true)
            try #require(resumed.status == 0, "\(resumed.output)")
            try expectSameLosses(hosts, steps: 20)
        }
    }
}
