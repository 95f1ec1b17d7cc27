import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// Devices that fail in the middle of a run, as the stand-in was told to: all ranks end, and nothing is lost that can
    /// be kept.
    @Suite struct DeviceFaultTests {
        /// Small steps: a network on source images alone, but where there is a teacher.
        private static let common = ["engine.device=standin", "training.steps=7", "method.sourceOnlySteps=1"]

        /// Fails in one of the last steps: of a step's launches there are some thousands.
        private func fault(_ words: String) -> [String: String] { ["CAUSEWAY_STANDIN": words] }

        private func requireOneError(_ job: Job, _ claims: String...) {
            #expect(job.status == 1, "\(job.output)")
            #expect(
                job.standardError.split(separator: "\n").filter { $0.hasPrefix("error") }.count == 1, "\(job.output)")
            for claim in claims { #expect(job.standardError.contains(claim), "\(claim): \(job.output)") }
            for word in ["Fatal error", "Thread 0", "Crash", "ended after"] {
                #expect(!job.output.contains(word), "\(job.output)")
            }
        }

        /// The step of a number that stands behind some words.
        private func step(after words: String, in job: Job) throws -> Int {
            let range = try #require(job.standardError.range(of: words), "\(job.output)")
            return try #require(Int(job.standardError[range.upperBound...].prefix { $0.isNumber }))
        }

        /// Goes on without faults and compares with a run that had none.
        private func requireSameEnd(_ run: TinyRun, _ whole: TinyRun, steps: Int = 7) throws {
            try run.finish(resumes: true)
            #expect(try run.losses() == whole.losses())
            #expect(try run.file("weights.safetensors") == whole.file("weights.safetensors"))
            #expect(try run.state(afterStep: steps) == whole.state(afterStep: steps))
        }

        @Test func theOnlyRankNamesTheKernelsAndTheCheckpointThatIsLeft() throws {
            let changes = Self.common + ["distribution.teachers=0", "checkpoint.every=2"]
            let (whole, run) = (TinyRun(changes), TinyRun(changes))
            try whole.finish()
            let job = try run.train(environment: fault("failing-step-launch:16000"))
            requireOneError(
                job, "the device stand-in on the host failed: ", "CUDA_ERROR_LAUNCH_FAILED", "; last kernels: ",
                ". What the ranks held can be read no more; the checkpoint of step ", "is what is left: go on with --resume")
            #expect(try run.log().last?.event == "failure")
            try requireSameEnd(run, whole)
        }

        /// Students hold the same, so one that is well saves for all, whichever it is.
        @Test(arguments: [(2, 0, 0), (2, 0, 1), (3, 1, 1)])
        func whereAStudentFailsTheOthersSaveTheLastWholeStep(ranks: Int, teachers: Int, failing: Int) throws {
            let changes = Self.common + ["distribution.teachers=\(teachers)"]
            let (whole, run) = (TinyRun(ranks: ranks, changes), TinyRun(ranks: ranks, changes))
            try whole.finish()
            let job = try run.train(environment: fault("failing-step-launch:9000,rank:\(failing)"))
            requireOneError(
                job, "rank \(failing): the device stand-in on the host failed: ", "CUDA_ERROR_LAUNCH_FAILED",
                ", the last whole one, was saved: go on with --resume")
            let done = try step(after: "The checkpoint of step ", in: job)
            #expect(1..<7 ~= done)
            #expect(try !run.state(afterStep: done).isEmpty)
            try requireSameEnd(run, whole)
        }

        @Test(arguments: [0, 1]) func theOnlyTeacherTakesItsAverageWithIt(lag: Int) throws {
            let changes = Self.common + [
                "distribution.teachers=1", "distribution.teacherLag=\(lag)", "checkpoint.every=2",
            ]
            let run = TinyRun(ranks: 3, changes)
            let job = try run.train(environment: fault("failing-step-launch:2000,rank:2"))
            requireOneError(
                job, "rank 2: the device stand-in on the host failed: ", "can be read no more; the checkpoint of step ",
                "is what is left")
        }

        /// The device outlives that: also the only rank saves.
        @Test(arguments: [nil, 2, 3] as [Int?]) func memoryThatRunsOutInAStepIsNamedAndTheStepBeforeSaved(
            ranks: Int?
        ) throws {
            // From step 3 on passes on mixed images come with the source's, and with them a teacher.
            let changes = [
                "engine.device=standin", "training.steps=5", "method.sourceOnlySteps=2", "data.crop={height: 64, width: 128}",
                "training.batch={kind: global, images: 8}", "checkpoint.every=100",
            ]
            let (whole, run) = (TinyRun(ranks: ranks, changes), TinyRun(ranks: ranks, changes))
            try whole.finish()
            let peaks = try whole.steps().map { try #require($0.peakMemoryBytes) }
            let room = (peaks[1] + (peaks.max() ?? 0)) / 2
            let job = try run.train(environment: fault("memory:\(room >> 20)M"))
            requireOneError(
                job, "the memory of the device stand-in on the host is exhausted: ", " more were asked for, and ",
                " by a step's activations and gradients", "lower training.batch.images or data.crop, set engine.recompute",
                "The checkpoint of step ", ", the last whole one, was saved: go on with --resume")
            try requireSameEnd(run, whole, steps: 5)
        }

        @Test(arguments: [nil, 2] as [Int?]) func memoryThatDoesNotHoldTheNetworkEndsTheRunAtOnce(ranks: Int?) throws {
            let job = try TinyRun(ranks: ranks, Self.common + ["distribution.teachers=0"])
                .train(environment: fault("memory:32M"))
            requireOneError(
                job, "the memory of the device stand-in on the host is exhausted: ",
                " by what outlives a step, such as weights and their averages", "lower training.batch.images")
        }
    }
}
