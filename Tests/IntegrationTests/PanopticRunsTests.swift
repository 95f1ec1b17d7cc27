import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// Runs with Mask R-CNN and instance mixing in two phases.
    @Suite struct PanopticRunsTests {
        @Test func theSameGlobalBatchGivesTheSameLossesOnAnyRanks() throws {
            let reference = TinyRun(setting: .tinyPanoptic, "distribution.teachers=0")
            try reference.finish()
            let expected = try reference.losses()
            #expect(expected.count == 10)
            let steps = try reference.steps()
            #expect(steps.allSatisfy { $0.proposalLoss ?? 0 > 0 }, "labelled objects must be learnt")
            #expect(steps.contains { $0.mixedProposalLoss ?? 0 > 0 }, "pasted objects must be learnt")
            #expect(steps.prefix(2).allSatisfy { $0.sureObjects == nil } && steps[2].sureObjects ?? 0 > 0)
            for (ranks, teachers) in [(2, 0), (4, 0), (3, 1), (5, 1)] {
                let run = TinyRun(setting: .tinyPanoptic, ranks: ranks, "distribution.teachers=\(teachers)")
                try run.finish()
                let differences = zip(try run.losses(), expected).map { abs($0 - $1) / $1 }
                #expect(differences.count == 10)
                let largest = differences.max() ?? .infinity
                #expect(largest <= 1e-4, "\(ranks) ranks, \(teachers) teachers: \(differences)")
                #expect(try run.steps().map(\.sureObjects) == steps.map(\.sureObjects))
            }
        }

        /// Stopped in the first phase, killed behind the border and gone on with from a checkpoint at or before it.
        @Test(arguments: [(nil, 5), (nil, 6), (3, 6)] as [(Int?, Int)])
        func aRunOfTwoPhasesGoesOnWithTheBitsOfAnUninterruptedOne(ranks: Int?, every: Int) throws {
            let whole = TinyRun(setting: .tinyPanoptic, ranks: ranks, "checkpoint.every=\(every)")
            try whole.finish()
            let run = TinyRun(setting: .tinyPanoptic, ranks: ranks, "checkpoint.every=\(every)")
            let stopped = try run.train(interruption: run.interruption(.terminate, afterStep: 3))
            #expect(stopped.status == 75, "\(stopped.output)")
            _ = try run.train(resumes: true, interruption: run.interruption(.killAll, afterStep: 8))
            #expect(try run.steps().count < 10, "it was killed too late to prove anything")
            try run.finish(resumes: true)
            #expect(try run.losses() == whole.losses())
            #expect(try run.file("weights.safetensors") == whole.file("weights.safetensors"))
            #expect(try run.state(afterStep: 10) == whole.state(afterStep: 10))
        }

        @Test func scoresOfObjectsAreMadeByAllRanks() throws {
            let set = "evaluation.dataset={kind: toytown, domain: camera, split: val, root: \(TinyToytown.path)}"
            let measures = "evaluation.measures=[panoptic, instance, semantic-iou]"
            let runs = [nil, 2].map { TinyRun(setting: .tinyPanoptic, ranks: $0, "training.steps=7", set, measures) }
            for run in runs { try run.finish() }
            let lines = try runs.map { run in
                try String(decoding: run.file("log.jsonl"), as: UTF8.self).split(separator: "\n").filter {
                    $0.contains("\"event\":\"evaluation\"")
                }
            }
            #expect(lines[0].count == 1 && lines[1].count == 1)
            #expect(lines[0][0].contains("AP50") && lines[0][0].contains("PQ"), "\(lines[0])")
        }

        /// A data set that has no files of instances says so before the first step, with the file and what to do.
        @Test func imagesWithoutObjectsAreFoundBeforeTheFirstStep() throws {
            let data = TemporaryFolder()
            for domain in ["render", "camera"] {
                try FileManager.default.copyItem(atPath: "\(TinyToytown.path)/\(domain)", toPath: data.file(domain))
            }
            for domain in ["render", "camera"] {
                let labels = data.file("\(domain)/gtFine")
                for case let name as String in FileManager.default.enumerator(atPath: labels) ?? .init()
                where name.hasSuffix("_instanceIds.png") {
                    try FileManager.default.removeItem(atPath: "\(labels)/\(name)")
                }
            }
            let run = TinyRun(setting: .tinyPanoptic)
            let job = try run.train(data: data.path)
            #expect(job.status != 0)
            #expect(job.output.contains("render/train: none of its 8 images has a file of objects"), "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: run.path("log.jsonl")))

            let set = "evaluation.dataset={kind: toytown, domain: camera, split: val, root: \(data.path)}"
            let scored = TinyRun(setting: .tinyPanoptic, set, "evaluation.measures=[instance]")
            let other = try scored.train()
            #expect(other.status != 0)
            #expect(other.output.contains("camera/val: none of its 2 images has a file of objects"), "\(other.output)")
            #expect(!FileManager.default.fileExists(atPath: scored.path("log.jsonl")))
        }
    }
}
