import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// Runs learn, stop when they cannot, and leave the system alone once warm.
    @Suite struct LearningTests {
        @Test func trainingOnTheSourceLowersItsLoss() throws {
            let run = TinyRun(
                "method=source-only", "training.steps=40", "optimizer.headLearningRate=1.0e-2",
                "optimizer.encoderLearningRate=1.0e-2")
            try run.finish()
            let losses = try run.losses()
            let first = losses.prefix(5).reduce(0, +)
            let last = losses.suffix(5).reduce(0, +)
            #expect(last < 0.6 * first, "\(losses)")
        }

        /// One block more than ever may be needed when tensors of two steps overlap in a new way, so the first
        /// self-training steps are left out. Of several threads one may come late to its first share of the work, and to
        /// memory of its own.
        @Test(arguments: [nil, 3] as [Int?]) func aSteadyStepTakesNothingFromTheSystem(ranks: Int?) throws {
            let run = TinyRun(ranks: ranks, "engine.threads=1")
            try run.finish()
            let steps = try run.steps()
            let allocations = steps.compactMap(\.systemAllocations)
            #expect(allocations[0] > 0, "the count must count")
            #expect(allocations.dropFirst(6).reduce(0, +) == 0, "\(allocations)")
            #expect(steps.compactMap(\.loaderWaitSeconds).count == 20)
        }

        @Test(arguments: [nil, 3] as [Int?]) func lossesThatAreNotFiniteStopTheRunWithACheckpoint(ranks: Int?) throws {
            let run = TinyRun(
                ranks: ranks, "optimizer.headLearningRate=1000", "optimizer.encoderLearningRate=1000",
                "optimizer.weightDecay=1000", "training.steps=100")
            let job = try run.train()
            #expect(job.status != 0)
            #expect(job.output.contains("the loss was not finite in 10 steps in a row"), "\(job.output)")
            #expect(job.output.contains("optimizer.encoderLearningRate"), "\(job.output)")
            let last = try #require(try run.steps().last)
            #expect(last.skippedSteps ?? 0 >= 10)
            #expect(last.step < 100)
            // The forward passes of skipped steps were not finite either; nothing of them is kept.
            let shard = try SafeTensorsFile(run.path(run.checkpointFile("shard-0.safetensors", ofStep: last.step)))
            for name in shard.names { #expect(try shard.floats(name).allSatisfy(\.isFinite), "\(name)") }
        }
    }
}
