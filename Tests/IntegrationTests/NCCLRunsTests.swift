import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// Students whose devices add up by themselves, by the stand-in's NCCL.
    @Suite struct NCCLRunsTests {
        private static let common = ["engine.device=standin", "training.steps=5", "method.sourceOnlySteps=1"]
        private static let nccl = common + ["distribution.transport=nccl"]

        private func fault(_ words: String) -> [String: String] { ["CAUSEWAY_STANDIN": words] }

        private func difference(_ run: TinyRun, _ reference: TinyRun) throws -> Double {
            let (losses, expected) = (try run.losses(), try reference.losses())
            try #require(losses.count == expected.count && !losses.isEmpty)
            return zip(losses, expected).map { abs($0 - $1) / $1 }.max() ?? .infinity
        }

        /// Sums of several ranks are in another order than MPI's; statistics of batches are those of all students, and a
        /// student waits as often as one that is alone: for losses, norm and labels.
        @Test(arguments: [(1, 0), (2, 0), (3, 0), (4, 0), (3, 1)])
        func haveTheLossesOfThoseByMPIAndWaitLikeOne(ranks: Int, teachers: Int) throws {
            let images = "training.batch={kind: global, images: \(ranks == 3 && teachers == 0 ? 3 : 4)}"
            let changes = [images, "distribution.teachers=\(teachers)", "distribution.batchNormStatistics=global"]
            let reference = TinyRun(ranks: ranks, Self.common + changes)
            try reference.finish()
            let run = TinyRun(ranks: ranks, Self.nccl + changes)
            try run.finish()
            #expect(try difference(run, reference) <= 1e-6)
            let waits = try run.steps().compactMap(\.deviceWaits)
            #expect(waits == [2] + [Double](repeating: teachers == 0 ? 3 : 2, count: 4))
            let allocations = try run.steps().compactMap(\.systemAllocations)
            #expect(allocations.dropFirst(3).allSatisfy { $0 == 0 }, "\(allocations)")
        }

        /// With objects to learn from, each student's gradients take a way of their own.
        @Test(arguments: [TinyRun.Setting.tinyPanoptic, .tinyObjects])
        func learnObjectsAsByMPI(setting: TinyRun.Setting) throws {
            let changes = [
                "engine.device=standin", "training.steps=4", "distribution.teachers=0", "schedule.warmupSteps=2",
                "distribution.batchNormStatistics=global",
            ]
            let (reference, run) = (
                TinyRun(setting: setting, ranks: 2, changes),
                TinyRun(setting: setting, ranks: 2, changes + ["distribution.transport=nccl"])
            )
            try reference.finish()
            try run.finish()
            #expect(try difference(run, reference) <= 1e-6)
        }

        @Test func twoRunsAndOneThatWasKilledHaveTheSameBits() throws {
            let changes = Self.nccl + ["distribution.teachers=0", "training.steps=6", "checkpoint.every=3"]
            let (first, second) = (TinyRun(ranks: 2, changes), TinyRun(ranks: 2, changes))
            try first.finish()
            let job = try second.train(interruption: second.interruption(.killRank(1), afterStep: 4))
            #expect(job.status != 0, "\(job.output)")
            try second.finish(resumes: true)
            #expect(try first.state(afterStep: 6) == second.state(afterStep: 6))
            // Streams take other turns.
            let third = TinyRun(ranks: 2, changes)
            let other = try third.train(environment: fault("seed:12345"))
            try #require(other.status == 0, "\(other.output)")
            #expect(try first.state(afterStep: 6) == third.state(afterStep: 6))
        }

        // MARK: - What cannot be

        struct Refusal: CustomTestStringConvertible {
            let words: String
            var changes: [String] = []
            var ranks = 2
            let reason: String
            var more = ""
            var testDescription: String { "\(words) \(changes)" }
        }

        static let refusals = [
            Refusal(
                words: "seed:0", changes: ["engine.device=cpu"],
                reason: "the students compute on the processor, and NCCL adds up what is on cards (engine.device)"),
            Refusal(
                words: "as-card,devices:1", changes: ["engine.device=cuda"],
                reason: "ranks 0 and 1 on ", more: " share one card, stand-in on the host, and NCCL needs a card for each "
                    + "student; start fewer ranks, or show more cards by CUDA_VISIBLE_DEVICES"),
            Refusal(
                words: "no-nccl", changes: ["distribution.teachers=1"], ranks: 3,
                reason: "cannot load NCCL (libnccl.so.2): it was asked not to be found; install it where the loader "
                    + "looks, or name its folder by CAUSEWAY_NCCL"),
            Refusal(words: "no-nccl,rank:1", reason: "rank 1: cannot load NCCL (libnccl.so.2): "),
            Refusal(words: "nccl:21304", reason: "NCCL is too old: it is version 2.13.4, and 2.14 is needed"),
            Refusal(
                words: "failing-join,rank:1", reason: "rank 1: NCCL cannot join 2 cards: unhandled system error"),
            Refusal(
                words: "failing-sum:1,rank:0", changes: ["distribution.teachers=1"], ranks: 3,
                reason: "rank 0: the sums over the devices of all students failed: NCCL reports: remote process exited"),
        ]

        @Test(arguments: refusals) func endTheRunWithTheReasonWhereTheyCannot(refusal: Refusal) throws {
            let run = TinyRun(ranks: refusal.ranks, Self.nccl + ["distribution.teachers=0"] + refusal.changes)
            let job = try run.train(environment: fault(refusal.words))
            #expect(job.status == 1, "\(job.output)")
            let sentence = "error: the students cannot add up by NCCL: \(refusal.reason)"
            #expect(job.standardError.contains(sentence), "\(job.output)")
            #expect(refusal.more.isEmpty || job.standardError.contains(refusal.more), "\(job.output)")
            #expect(job.standardError.contains("; distribution.transport: mpi goes through the hosts"), "\(job.output)")
        }

        @Test func autoTakesMPIWithALineThatSaysWhy() throws {
            let changes = Self.common + ["distribution.teachers=0", "distribution.transport=auto"]
            let reference = TinyRun(ranks: 2, Self.nccl + ["distribution.teachers=0"])
            try reference.finish()
            for (words, note) in [
                ("no-nccl", "note: auto adds up gradients by MPI: cannot load NCCL (libnccl.so.2): "), ("seed:0", nil),
            ] {
                let run = TinyRun(ranks: 2, changes)
                let job = try run.train(environment: fault(words))
                #expect(job.status == 0, "\(job.output)")
                #expect(job.standardError.contains(note ?? "note: auto adds up") == (note != nil), "\(job.output)")
                // The waits tell which it was.
                let waits = try run.steps().compactMap(\.deviceWaits)
                #expect((waits.max() == 3) == (note == nil), "\(waits)")
                #expect(try difference(run, reference) <= 1e-6)
            }
        }

        // MARK: - Faults

        /// Nobody hangs: who waits for sums hears of a device that takes no part, and the step is taken back.
        @Test(arguments: [
            ("failing-launch:900,step:3,rank:1", 3, "rank 1: the device stand-in on the host failed: "),
            ("failing-sum:1,step:3,rank:0", 2, "rank 0: the sums over the devices of all students failed: NCCL reports: "),
            ("failing-sum:40,step:3", 2, "the sums over the devices of all students failed: NCCL reports: "),
        ])
        func aFaultInAStepEndsAllRanksWithACheckpoint(words: String, ranks: Int, claim: String) throws {
            let changes = Self.nccl + ["distribution.teachers=\(ranks - 2)"]
            let (whole, run) = (TinyRun(ranks: ranks, changes), TinyRun(ranks: ranks, changes))
            try whole.finish()
            let job = try run.train(environment: fault(words))
            #expect(job.status == 1, "\(job.output)")
            #expect(
                job.standardError.split(separator: "\n").filter { $0.hasPrefix("error") }.count == 1, "\(job.output)")
            #expect(job.standardError.contains(claim), "\(job.output)")
            // What only follows from it is not told.
            #expect(!job.standardError.contains("takes part no more"), "\(job.output)")
            #expect(
                job.standardError.contains("The checkpoint of step 2, the last whole one, was saved: go on with --resume"),
                "\(job.output)")
            try run.finish(resumes: true)
            #expect(try run.losses() == whole.losses())
            #expect(try run.state(afterStep: 5) == whole.state(afterStep: 5))
        }

        @Test func benchmarksMeasureBothWays() throws {
            let job = try Job.run(
                "causeway", ["bench", "allreduce", "--device", "standin", "--sizes", "64", "--rounds", "3", "--json"],
                ranks: 2)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardOutput.contains(#""transport":"mpi""#), "\(job.output)")
            #expect(job.standardOutput.contains(#""transport":"nccl""#), "\(job.output)")
        }

        @Test func theDoctorSaysWhichNCCLThereIs() throws {
            for (words, text) in [
                ("as-card", "they add up by NCCL 2.21.5"), ("as-card,no-nccl", "no NCCL: cannot load NCCL (libnccl.so.2)"),
            ] {
                let job = try Job.run("causeway", ["doctor"], ranks: nil, settings: fault(words))
                #expect(job.status == 0, "\(job.output)")
                #expect(job.standardOutput.contains(text), "\(job.output)")
            }
        }
    }
}
