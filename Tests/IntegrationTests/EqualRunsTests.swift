import Testing
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
