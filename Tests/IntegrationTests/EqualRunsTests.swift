import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// The numbers of a run depend on its configuration, not on who computes them, when, or how often.
    @Suite struct EqualRunsTests {
        /// Rounding differs with the order of sums. A pixel of the 16384 that it moves over the threshold of confident
        /// labels changes the loss by 2e-5 of itself.
        @Test func theSameGlobalBatchGivesTheSameLossesOnAnyRanks() throws {
            let reference = TinyRun("distribution.teachers=0")
            try reference.finish()
            let expected = try reference.losses()
            #expect(expected.count == 20)
            #expect(try reference.steps().last?.confidentShare ?? 0 > 0.01, "pseudo-labels must count")
            for (ranks, teachers) in [(2, 0), (4, 0), (3, 1), (5, 1)] {
                let run = TinyRun(ranks: ranks, "distribution.teachers=\(teachers)")
                try run.finish()
                let losses = try run.losses()
                #expect(losses.count == expected.count)
                let differences = zip(losses, expected).map { abs($0 - $1) / $1 }
                let largest = differences.max() ?? .infinity
                #expect(largest <= 1e-4, "\(ranks) ranks, \(teachers) teachers: \(differences)")
            }
        }

        /// Sizes and colours that change with every showing are those of the slot, whoever loads it.
        @Test func imagesThatChangeGiveTheSameLossesOnAnyRanks() throws {
            let changes =
                ["source", "target"].flatMap {
                    [
                        "data.\($0).resize=null",
                        "data.\($0).augmentation={shortestEdges: [64, 80, 96], colorJitter: ssd}",
                    ]
                } + ["training.steps=8"]
            let reference = TinyRun(["distribution.teachers=0"] + changes)
            try reference.finish()
            let expected = try reference.losses()
            for (ranks, teachers) in [(2, 0), (3, 1)] {
                let run = TinyRun(ranks: ranks, ["distribution.teachers=\(teachers)"] + changes)
                try run.finish()
                let differences = zip(try run.losses(), expected).map { abs($0 - $1) / $1 }
                #expect(
                    differences.count == 8 && differences.max() ?? .infinity <= 1e-4, "\(ranks) ranks: \(differences)")
            }
        }

        /// The same with everything on: the detail window, the blocks that are hidden and the bank of class features
        /// are those of the global batch.
        @Test func coptGivesTheSameLossesAndTheSameBankOnAnyRanks() throws {
            let reference = TinyRun(setting: .tinyCoPT, "distribution.teachers=0", "training.steps=8")
            try reference.finish()
            let expected = try reference.losses()
            let bank = try bank(of: reference, students: 1)
            #expect(try reference.steps().allSatisfy { $0.textLoss ?? 0 > 0 })
            #expect(Set(bank).count > 100, "the bank must have been filled")
            for (ranks, teachers) in [(2, 0), (4, 0), (5, 1)] {
                let run = TinyRun(
                    setting: .tinyCoPT, ranks: ranks, "distribution.teachers=\(teachers)", "training.steps=8")
                try run.finish()
                let differences = zip(try run.losses(), expected).map { abs($0 - $1) / $1 }
                #expect(differences.count == 8)
                let largest = differences.max() ?? .infinity
                #expect(largest <= 1e-4, "\(ranks) ranks, \(teachers) teachers: \(differences)")
                expectClose(
                    try self.bank(of: run, students: ranks - teachers), bank, tolerance: 1e-4,
                    "bank of \(ranks) ranks, \(teachers) teachers")
            }
        }

        /// The bank in the run's last checkpoint, to which every student writes a part.
        private func bank(of run: TinyRun, students: Int) throws -> [Float] {
            try (0..<students).flatMap { rank in
                let shard = run.path(run.checkpointFile("shard-\(rank).safetensors", ofStep: 8))
                return try SafeTensorsFile(shard).floats("student.classFeatures")
            }
        }

        @Test(arguments: [(nil, 0), (3, 0), (3, 1)] as [(Int?, Int)])
        func twoRunsAlikeGiveTheSameBits(ranks: Int?, lag: Int) throws {
            let runs = [0, 1].map { _ in TinyRun(ranks: ranks, "training.steps=10", "distribution.teacherLag=\(lag)") }
            for run in runs { try run.finish() }
            #expect(try runs[0].losses() == runs[1].losses())
            #expect(try runs[0].file("weights.safetensors") == runs[1].file("weights.safetensors"))
            #expect(try runs[0].state(afterStep: 10) == runs[1].state(afterStep: 10))
        }
    }
}
