import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// A run that is stopped or dies loses nothing but time.
    @Suite struct InterruptedRunsTests {
        private static let stopped: Int32 = 75

        /// Asked to stop, it saves at once; killed, it goes on from its last checkpoint.
        @Test(arguments: [(nil, 0), (nil, 1), (3, 0), (3, 1)] as [(Int?, Int)])
        func stoppedKilledAndResumedGivesTheBitsOfAnUninterruptedRun(ranks: Int?, lag: Int) throws {
            let settings = ("training.steps=24", "checkpoint.every=8", "distribution.teacherLag=\(lag)")
            let whole = TinyRun(ranks: ranks, settings.0, settings.1, settings.2)
            try whole.finish()

            let run = TinyRun(ranks: ranks, settings.0, settings.1, settings.2)
            let stopped = try run.train(interruption: run.interruption(.terminate, afterStep: 4))
            #expect(stopped.status == Self.stopped, "\(stopped.output)")
            #expect(stopped.output.contains("a checkpoint was saved, go on with --resume"), "\(stopped.output)")
            #expect(try run.log().last?.event == "stop")

            let killed = try run.train(resumes: true, interruption: run.interruption(.killAll, afterStep: 18))
            #expect(killed.status != 0)
            #expect(try run.steps().count < 24, "it was killed too late to prove anything")

            try run.finish(resumes: true)
            #expect(try run.losses() == whole.losses())
            #expect(try run.file("weights.safetensors") == whole.file("weights.safetensors"))
            #expect(try run.state(afterStep: 24) == whole.state(afterStep: 24))
        }

        /// What CoPT remembers of classes is part of a checkpoint.
        @Test(arguments: [nil, 3] as [Int?]) func coptGoesOnWithTheBankItHad(ranks: Int?) throws {
            let whole = TinyRun(setting: .tinyCoPT, ranks: ranks, "training.steps=8", "checkpoint.every=4")
            try whole.finish()
            let run = TinyRun(setting: .tinyCoPT, ranks: ranks, "training.steps=8", "checkpoint.every=4")
            _ = try run.train(interruption: run.interruption(.killAll, afterStep: 5))
            #expect(try run.steps().count < 8, "it was killed too late to prove anything")
            try run.finish(resumes: true)
            #expect(try run.losses() == whole.losses())
            #expect(try run.state(afterStep: 8) == whole.state(afterStep: 8))
        }

        @Test func aDamagedCheckpointIsNamedAndTheOneBeforeIsUsed() throws {
            let run = TinyRun(
                ranks: 2, "training.steps=12", "checkpoint.every=4", "checkpoint.keep=3", "distribution.teachers=0")
            try run.finish()
            let weights = try run.file("weights.safetensors")
            let shard = run.path(run.checkpointFile("shard-1.safetensors", ofStep: 12))
            var bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: URL(fileURLWithPath: shard))
            let missing = run.path(run.checkpointFile("shard-0.safetensors", ofStep: 8))
            try FileManager.default.removeItem(atPath: missing)

            let job = try run.train(resumes: true)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("step-000012 is damaged and not used"), "\(job.output)")
            #expect(job.output.contains("shard-1.safetensors"), "\(job.output)")
            #expect(job.output.contains("step-000008 is damaged and not used"), "\(job.output)")
            #expect(try run.log().filter { $0.event == "start" }.map(\.step) == [0, 4])
            #expect(try run.file("weights.safetensors") == weights)
        }

        /// The checkpoint of a step is saved before its scores are made.
        @Test(arguments: [nil, 3] as [Int?]) func scoresThatFailedAreMadeWhenTheRunIsResumed(ranks: Int?) throws {
            let data = TemporaryFolder()
            try FileManager.default.copyItem(atPath: "\(TinyToytown.path)/camera", toPath: data.file("camera"))
            let image = data.file("camera/leftImg8bit/val/toytown/toytown_000001_leftImg8bit.png")
            let whole = try Data(contentsOf: URL(fileURLWithPath: image))
            try whole.prefix(60).write(to: URL(fileURLWithPath: image))
            let run = TinyRun(
                ranks: ranks, "training.steps=5", "evaluation.every=5",
                "evaluation.dataset={kind: toytown, domain: camera, split: val, root: \(data.path)}")
            let failed = try run.train()
            #expect(failed.status != 0)
            #expect(failed.standardError.contains("\(image): the file ends early"), "\(failed.output)")

            try whole.write(to: URL(fileURLWithPath: image))
            for _ in 0..<2 { try run.finish(resumes: true) }
            #expect(try run.log().filter { $0.event == "evaluation" }.map(\.step) == [5])
            #expect(try !run.file("weights.safetensors").isEmpty)
        }

        @Test func anotherNumberOfRanksGoesOn() throws {
            let one = TinyRun("training.steps=12", "checkpoint.every=6")
            try one.finish()
            let moved = TinyRun(ranks: 3, "training.steps=12", "checkpoint.every=6")
            let stopped = try moved.train(interruption: moved.interruption(.terminate, afterStep: 4))
            #expect(stopped.status == Self.stopped, "\(stopped.output)")
            try moved.finish(ranks: 2, resumes: true)
            for (loss, expected) in zip(try moved.losses(), try one.losses()) {
                #expect(abs(loss - expected) <= 1e-4 * expected)
            }
            #expect(try moved.steps().count == 12)
        }

        @Test func aKilledRankEndsTheJobSoonAndIsNamed() throws {
            let run = TinyRun(ranks: 3, "training.steps=4000")
            let job = try run.train(interruption: run.interruption(.killRank(1), afterStep: 4))
            #expect(job.status != 0)
            #expect(job.seconds < Job.soonSeconds)
            #expect(job.output.contains("rank 1"), "\(job.output)")
            #expect(job.output.contains("signal 9"), "\(job.output)")
        }

        @Test func anOldRunIsNeverOverwritten() throws {
            let run = TinyRun("training.steps=5", "method=source-only")
            try run.finish()
            let weights = try run.file("weights.safetensors")
            let again = try run.train()
            #expect(again.status != 0)
            #expect(again.output.contains("\(run.outputFolder)/checkpoints"), "\(again.output)")
            #expect(again.output.contains("--resume"), "\(again.output)")
            #expect(try run.file("weights.safetensors") == weights)
        }

        /// Until the first checkpoint there is nothing to go on from: the run begins, and so does its log.
        @Test(arguments: [nil, 3] as [Int?]) func killedBeforeItsFirstCheckpointItBeginsAnew(ranks: Int?) throws {
            let settings = ("training.steps=10", "log.tensorBoard=true")
            let whole = TinyRun(ranks: ranks, settings.0, settings.1)
            try whole.finish()
            let run = TinyRun(ranks: ranks, settings.0, settings.1)
            _ = try run.train(interruption: run.interruption(.killAll, afterStep: 3))
            #expect(try run.steps().count < 10, "it was killed too late to prove anything")
            try run.finish(resumes: true)
            #expect(try run.log().map(\.step) == [0] + Array(1...10) + [10])
            #expect(try run.losses() == whole.losses())
            #expect(try run.file("weights.safetensors") == whole.file("weights.safetensors"))
            let names = try FileManager.default.contentsOfDirectory(atPath: run.outputFolder)
            #expect(names.filter { $0.hasPrefix("events.") }.count == 1)
            #expect(names.contains("log.dropped.jsonl"))
            #expect(!names.contains("causeway.lock"))
        }

        @Test func aResumeWithFewerStepsTrainsNothingAndSaysSo() throws {
            let run = TinyRun("training.steps=9")
            try run.finish()
            let weights = try run.file("weights.safetensors")
            let fewer = try run.train(resumes: true, changes: ["training.steps=6"])
            #expect(fewer.status == 0, "\(fewer.output)")
            #expect(
                fewer.standardError.contains("9 steps of this run are done already, more than the 6"), "\(fewer.output)"
            )
            #expect(try run.log().map(\.step) == [0] + Array(1...9) + [9, 9])
            #expect(try run.log().filter { $0.event == "end" }.map(\.step) == [9])
            try run.finish(resumes: true)
            #expect(try run.file("weights.safetensors") == weights)
        }

        /// Weights of an earlier end are not those of the run that goes on.
        @Test func weightsOfAnEarlierEndAreKeptUnderTheirStep() throws {
            let run = TinyRun("training.steps=6", "checkpoint.every=2")
            try run.finish()
            let weights = try run.file("weights.safetensors")
            let job = try run.train(
                resumes: true, interruption: run.interruption(.terminate, afterStep: 7),
                changes: ["training.steps=2000"])
            #expect(job.status == Self.stopped, "\(job.output)")
            #expect(try run.file("weights-step-6.safetensors") == weights)
            let exported = try Job.run(
                "causeway", ["export", run.outputFolder, "--out", run.path("exported")], ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
            #expect(exported.status == 0, "\(exported.output)")
            let last = try #require(try run.log().last?.step)
            #expect(last > 6)
            #expect(exported.standardError.contains("the checkpoint of step \(last) is used"), "\(exported.output)")
        }
    }
}
