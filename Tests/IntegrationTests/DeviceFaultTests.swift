import Foundation
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// Devices that fail in the middle of a run, as the stand-in was told to: all ranks end, and what can be kept is.
    @Suite struct DeviceFaultTests {
        private static let common = ["engine.device=standin", "training.steps=5", "method.sourceOnlySteps=1"]

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

        /// Goes on without faults and compares with a run that had none.
        private func requireSameEnd(_ run: TinyRun, _ whole: TinyRun, steps: Int = 5) throws {
            try run.finish(resumes: true)
            #expect(try run.losses() == whole.losses())
            #expect(try run.file("weights.safetensors") == whole.file("weights.safetensors"))
            #expect(try run.state(afterStep: steps) == whole.state(afterStep: steps))
        }

        @Test func theOnlyRankNamesTheKernelsAndTheCheckpointThatIsLeft() throws {
            let changes = Self.common + ["distribution.teachers=0", "checkpoint.every=3"]
            let (whole, run) = (TinyRun(changes), TinyRun(changes))
            try whole.finish()
            let job = try run.train(environment: fault("failing-launch:300,step:5"))
            requireOneError(
                job, "the device stand-in on the host failed: ", "CUDA_ERROR_LAUNCH_FAILED", "; last kernels: ",
                ". What the ranks held can be read no more; the checkpoint of step 3, ",
                "\(run.path("checkpoints/step-000003")), is what is left: go on with --resume")
            #expect(try run.log().last?.event == "failure")
            try requireSameEnd(run, whole)
        }

        /// Students hold the same, so one that is well saves for all, whichever it is.
        @Test(arguments: [(2, 0, 0), (3, 1, 1)])
        func whereAStudentFailsTheOthersSaveTheLastWholeStep(ranks: Int, teachers: Int, failing: Int) throws {
            let changes = Self.common + ["distribution.teachers=\(teachers)"]
            let (whole, run) = (TinyRun(ranks: ranks, changes), TinyRun(ranks: ranks, changes))
            try whole.finish()
            let job = try run.train(environment: fault("failing-launch:900,step:3,rank:\(failing)"))
            requireOneError(
                job, "rank \(failing): the device stand-in on the host failed: ", "CUDA_ERROR_LAUNCH_FAILED",
                "The checkpoint of step 2, the last whole one, was saved: go on with --resume")
            #expect(try !run.state(afterStep: 2).isEmpty)
            try requireSameEnd(run, whole)
        }

        @Test(arguments: [0, 1]) func theOnlyTeacherTakesItsAverageWithIt(lag: Int) throws {
            let changes = Self.common + [
                "distribution.teachers=1", "distribution.teacherLag=\(lag)", "checkpoint.every=2",
            ]
            let run = TinyRun(ranks: 3, changes)
            let job = try run.train(environment: fault("failing-launch:100,step:4,rank:2"))
            requireOneError(
                job, "rank 2: the device stand-in on the host failed: ", "can be read no more; the checkpoint of step 2, ",
                "\(run.path("checkpoints/step-000002")), is what is left")
        }

        /// The device outlives that: also the only rank saves.
        @Test func memoryThatRunsOutInAStepIsNamedAndTheStepBeforeSaved() throws {
            // From step 3 on passes on mixed images come with the source's, and with them a teacher.
            let changes = [
                "engine.device=standin", "training.steps=4", "method.sourceOnlySteps=2", "schedule.warmupSteps=2",
                "data.crop={height: 64, width: 128}", "training.batch={kind: global, images: 8}",
            ]
            let (whole, run) = (TinyRun(changes), TinyRun(changes))
            try whole.finish()
            let peak = try #require(try whole.steps().compactMap(\.peakMemoryBytes).max())
            let job = try run.train(environment: fault("memory:\((peak >> 20) - 1)M"))
            requireOneError(
                job, "the memory of the device stand-in on the host is exhausted: ", " more were asked for, and ",
                " by a step's activations and gradients", "lower training.batch.images or data.crop, set engine.rec",
                "The checkpoint of step 2, the last whole one, was saved: go on with --resume")
            try requireSameEnd(run, whole, steps: 4)
        }

        /// Whole images take more than crops. The step after the scores finds what went wrong.
        @Test func memoryThatRunsOutInScoringIsNamedAndTheStepsBeforeSaved() throws {
            let changes = [
                "engine.device=standin", "method=source-only", "training.steps=3", "schedule.warmupSteps=0",
                "evaluation.every=2", "evaluation.dataset={kind: toytown, domain: camera, split: val, root: "
                    + "\"${TOYTOWN}\", resize: {height: 384, width: 768}}",
            ]
            let (whole, run) = (TinyRun(changes), TinyRun(changes))
            try whole.finish()
            // Half way between what steps alone take, before the scores, and what whole images take.
            let peaks = try whole.steps().compactMap(\.peakMemoryBytes)
            let limit = (try #require(peaks.first) + #require(peaks.last)) / 2
            let job = try run.train(environment: fault("memory:\(limit >> 20)M"))
            requireOneError(
                job, "the memory of the device stand-in on the host is exhausted: ",
                "The checkpoint of step 2, the last whole one, was saved: go on with --resume")
            #expect(try run.log().filter { $0.event == "evaluation" }.isEmpty)
            try requireSameEnd(run, whole, steps: 3)
            #expect(try run.log().filter { $0.event == "evaluation" }.map(\.step) == [2, 3])
        }

        @Test(arguments: [nil, 2] as [Int?]) func memoryThatDoesNotHoldTheNetworkEndsTheRunAtOnce(ranks: Int?) throws {
            let job = try TinyRun(ranks: ranks, Self.common + ["distribution.teachers=0"])
                .train(environment: fault("memory:32M"))
            requireOneError(
                job, "the memory of the device stand-in on the host is exhausted: ",
                " by what outlives a step, such as weights and their averages", "lower training.batch.images")
        }

        /// What has nothing to save ends at once, with the sentence alone.
        @Test func otherCommandsEndWithTheSentence() throws {
            let run = TinyRun("method=source-only", "training.steps=5")
            try run.finish()
            let (files, images) = (TemporaryFolder(), "\(TinyToytown.path)/camera/leftImg8bit/val/toytown")
            try SafeTensorsWriter.write(
                files.file("input.safetensors"),
                [SafeTensorsItem("pixels", shape: [1, 3, 64, 64], floats: [Float](repeating: 0, count: 3 << 12))])
            let dataset = "evaluation.dataset={kind: toytown, domain: camera, split: val, root: \"${TOYTOWN}\"}"
            let commands: [(words: [String], ranks: Int?)] = [
                (["predict", run.outputFolder, "--images", images, "--out", files.file("predicted")], nil),
                (["evaluate", run.outputFolder, "--set", dataset], 2),
                (
                    [
                        "forward", "--model", "mit-b0", "--weights", run.path("weights.safetensors"), "--input",
                        files.file("input.safetensors"), "--output", files.file("output.safetensors"),
                    ], nil
                ), (["bench", "step", "--variant", "b0", "--crop", "64", "--steps", "1"], nil),
            ]
            for (words, ranks) in commands {
                let job = try Job.run(
                    "causeway", words, ranks: ranks,
                    settings: [
                        "TOYTOWN": TinyToytown.path, "CAUSEWAY_DEVICE": "standin",
                        "CAUSEWAY_STANDIN": "failing-launch:40",
                    ])
                requireOneError(
                    job, "the device stand-in on the host failed: ", "CUDA_ERROR_LAUNCH_FAILED", "; last kernels: ")
            }
            let forward = try Job.run(
                "causeway", commands[2].words, ranks: nil,
                settings: ["CAUSEWAY_DEVICE": "standin", "CAUSEWAY_STANDIN": "memory:8M"])
            requireOneError(forward, " is exhausted: ", "; give fewer or smaller images in --input, or use a card ")
        }
    }
}
