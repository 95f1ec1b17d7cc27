import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// A stop while a job starts ends like any other: with a checkpoint, or a sentence that there is none.
    @Suite struct EarlyStopTests {
        private static let stopped: Int32 = 75

        private func requireOrderlyEnd(_ job: Job, _ run: TinyRun) throws {
            #expect(job.status == Self.stopped, "\(job.output)")
            let hasCheckpoint = FileManager.default.fileExists(atPath: run.path("checkpoints"))
            #expect(
                job.output.contains("a checkpoint was saved, go on with --resume") == hasCheckpoint, "\(job.output)")
            #expect(job.output.contains("nothing was saved") != hasCheckpoint, "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: run.path("causeway.lock")), "\(job.output)")
        }

        /// Whatever the ranks are at: starting, meeting, setting up, in the first steps.
        @Test(arguments: [0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5])
        func aJobOfTwoRanksMayBeStoppedAtAnyMomentOfItsStart(seconds: Double) throws {
            let run = TinyRun(ranks: 2, "training.steps=100000")
            let start = Date()
            let job = try run.train(interruption: .init(.terminate) { _ in Date().timeIntervalSince(start) > seconds })
            try requireOrderlyEnd(job, run)
        }

        /// The folder is taken, and a network of some size is made.
        @Test func aStopWhileTheRunIsSetUpSavesNothingAndSaysSo() throws {
            let run = TinyRun("training.steps=100000", "model.encoder=mit-b2")
            let lock = run.path("causeway.lock")
            let job = try run.train(
                interruption: .init(.terminate) { _ in FileManager.default.fileExists(atPath: lock) })
            try requireOrderlyEnd(job, run)
            #expect(job.standardError.contains("stopped before the first step; nothing was saved"), "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: run.outputFolder))
        }

        @Test func aStopBeforeTheFirstStepOfARunThatGoesOnKeepsWhatItHad() throws {
            let run = TinyRun("training.steps=6", "checkpoint.every=6", "model.encoder=mit-b2")
            try run.finish()
            let lock = run.path("causeway.lock")
            let job = try run.train(
                resumes: true, interruption: .init(.terminate) { _ in FileManager.default.fileExists(atPath: lock) },
                changes: ["training.steps=100000"])
            #expect(job.status == Self.stopped, "\(job.output)")
            #expect(
                job.standardError.contains("stopped before step 7; the checkpoint of step 6 is still the newest"),
                "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: lock))
            #expect(try run.log().last?.event == "end")
        }

        /// The other "rank" never starts MPI.
        @Test func aRankThatWaitsForOthersInVainEndsSoonAfterTheRequest() throws {
            let (out, setting) = (TemporaryFolder(), RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml"))
            let start = Date()
            let job = try Job.run(
                "causeway",
                ["train", "--config", setting, "--out", out.file("out"), ":", "-n", "1", "sleep", "300"], ranks: 1,
                settings: ["TOYTOWN": TinyToytown.path],
                interruption: .init(.terminate) { _ in Date().timeIntervalSince(start) > 2 })
            #expect(job.status == Self.stopped, "\(job.output)")
            #expect(
                job.output.contains("stopped while ranks of the job waited for others; nothing was saved"),
                "\(job.output)")
            #expect(!job.output.contains("\u{1e}"))
            #expect(!FileManager.default.fileExists(atPath: out.file("out")))
        }
    }
}
