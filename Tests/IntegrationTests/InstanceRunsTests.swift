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
            let run = TinyRun(setting: .tinyObjects, "data.group=[person, rider]", "training.steps=2", "evaluation.dataset=null")
            let job = try run.train()
            #expect(job.status == 0 && job.standardError.contains("of 8 images of"), "\(job.standardError)")
            #expect(job.standardError.contains("have an object of data.group"))

            let none = TinyRun(
                setting: .tinyObjects, "data.group=[train]", "training.steps=2", "evaluation.dataset=null")
            let refused = try none.train()
            if refused.status != 0 {
                #expect(refused.output.contains("data.group: none of the 8 images of"), "\(refused.output)")
            }
        }
    }
}
