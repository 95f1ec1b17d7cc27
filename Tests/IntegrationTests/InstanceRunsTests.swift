import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// Runs of UDA4Inst's second stage, with its pool of rare objects.
    @Suite struct InstanceRunsTests {
        @Test func theSameGlobalBatchGivesTheSameLossesOnAnyRanks() throws {
            let reference = TinyRun(setting: .tinyInstance, "distribution.teachers=0")
            try reference.finish()
            let expected = try reference.losses()
            let steps = try reference.steps()
            #expect(expected.count == 10 && steps.contains { $0.sureObjects ?? 0 > 0 })
            for (ranks, teachers) in [(2, 0), (4, 0), (3, 1)] {
                let run = TinyRun(setting: .tinyInstance, ranks: ranks, "distribution.teachers=\(teachers)")
                try run.finish()
                let differences = zip(try run.losses(), expected).map { abs($0 - $1) / $1 }
                #expect(differences.count == 10)
                #expect(differences.max() ?? .infinity <= 1e-4, "\(ranks) ranks, \(teachers) teachers: \(differences)")
                #expect(try run.steps().map(\.sureObjects) == steps.map(\.sureObjects))
            }
        }

        @Test(arguments: [nil, 3] as [Int?]) func aRunGoesOnWithTheBitsOfAnUninterruptedOne(ranks: Int?) throws {
            let whole = TinyRun(setting: .tinyInstance, ranks: ranks, "checkpoint.every=3")
            try whole.finish()
            let run = TinyRun(setting: .tinyInstance, ranks: ranks, "checkpoint.every=3")
            _ = try run.train(interruption: run.interruption(.killAll, afterStep: 5))
            #expect(try run.steps().count < 10, "it was killed too late to prove anything")
            try run.finish(resumes: true)
            #expect(try run.losses() == whole.losses())
            #expect(try run.file("weights.safetensors") == whole.file("weights.safetensors"))
            #expect(try run.state(afterStep: 10) == whole.state(afterStep: 10))
        }

        /// Images without an object of the group are not learnt from; of a group that nobody shows nothing can be.
        @Test func aGroupLeavesOutTheImagesWithoutIt() throws {
            let data = TemporaryFolder()
            let made = try Job.run(
                "causeway", ["make-toytown", "--out", data.path, "--train", "1", "--val", "1", "--size", "128x64"],
                ranks: nil)
            #expect(made.status == 0)
            func output(_ group: String) throws -> Job {
                let run = TinyRun(
                    setting: .tinyObjects, "data.group=\(group)", "training.steps=5", "evaluation.dataset=null")
                return try run.train(data: data.path)
            }
            // The only street shows no train.
            let some = try output("[car, train]")
            #expect(some.status == 0, "\(some.output)")
            #expect(
                some.standardError.contains(
                    "1 of 1 images of toytown/render/train have an object of data.group, and are learnt from; none has one of train"
                ), "\(some.standardError)")
            let none = try output("[train]")
            #expect(none.status != 0)
            #expect(
                none.output.contains("data.group: none of the 1 images of toytown/render/train has an object of train"),
                "\(none.output)")
        }
    }
}
