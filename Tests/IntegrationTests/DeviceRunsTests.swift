import Testing
import _TestSupport

extension IntegrationTests {
    /// Runs whose networks are computed by the kernels of a card, behind the stand-in of its driver.
    @Suite struct DeviceRunsTests {
        /// A pixel that rounding moves over the threshold of confident labels changes a loss by 2e-5 of itself.
        ///
        /// The host waits for the losses and for the norm of the gradients; besides for labels, and where what is learnt
        /// from is chosen on the host (`docs/devices.md`).
        @Test(arguments: [
            Expectation(.tiny, steps: 20, labels: 1), .init(.tinyCoPT, steps: 6, labels: 1),
            .init(.tinyPanoptic, steps: 8, labels: 4, choices: 2), .init(.tinyObjects, steps: 6, choices: 1),
            .init(.tinyInstance, steps: 6, labels: 13, choices: 5),
        ])
        func everySystemHasTheLossesOfTheCPUAndWaitsTwiceAStepBesideLabels(_ expected: Expectation) throws {
            let (setting, steps) = (expected.setting, expected.steps)
            let changes = ["distribution.teachers=0", "training.steps=\(steps)"]
            let (reference, run) = (
                TinyRun(setting: setting, changes), TinyRun(setting: setting, changes + ["engine.device=standin"])
            )
            try reference.finish()
            try run.finish()
            let differences = zip(try run.losses(), try reference.losses()).map { abs($0 - $1) / $1 }
            #expect(differences.count == steps)
            #expect(differences.max() ?? .infinity <= 1e-3, "\(differences)")
            let waits = try run.steps().compactMap(\.deviceWaits)
            #expect(waits.count == steps && waits.max() == Double(2 + expected.labels + expected.choices), "\(waits)")
            let allocations = try run.steps().compactMap(\.systemAllocations)
            #expect(allocations.count == steps && allocations.dropFirst(3).allSatisfy { $0 == 0 }, "\(allocations)")
            #expect(try reference.steps().allSatisfy { $0.deviceWaits == nil })
        }

        /// What the host waits for in a step beside losses and norm.
        struct Expectation: Sendable {
            let setting: TinyRun.Setting
            let steps: Int
            let labels: Int
            let choices: Int

            init(_ setting: TinyRun.Setting, steps: Int, labels: Int = 0, choices: Int = 0) {
                (self.setting, self.steps, self.labels, self.choices) = (setting, steps, labels, choices)
            }
        }

        @Test func twoRunsAndOneThatWasKilledHaveTheSameBits() throws {
            let changes = [
                "distribution.teachers=0", "engine.device=standin", "training.steps=8", "checkpoint.every=4",
            ]
            let (first, second) = (TinyRun(changes), TinyRun(changes))
            try first.finish()
            let job = try second.train(interruption: second.interruption(.killAll, afterStep: 5))
            #expect(job.status != 0)
            try second.finish(resumes: true)
            #expect(try first.state(afterStep: 8) == second.state(afterStep: 8))
            // Nothing is replayed, and threads and streams take other turns.
            let third = TinyRun(changes)
            let plain = try third.train(environment: ["CAUSEWAY_DEVICE_GRAPHS": "0", "CAUSEWAY_STANDIN": "seed:7"])
            try #require(plain.status == 0, "\(plain.output)")
            #expect(try first.state(afterStep: 8) == third.state(afterStep: 8))
        }

        @Test func twoStudentsAndATeacherOfItsOwnHaveTheLossesOfOne() throws {
            let changes = ["engine.device=standin", "training.steps=6"]
            let reference = TinyRun(["distribution.teachers=0"] + changes)
            try reference.finish()
            for (ranks, teachers) in [(2, 0), (3, 1)] {
                let run = TinyRun(ranks: ranks, ["distribution.teachers=\(teachers)"] + changes)
                try run.finish()
                let differences = zip(try run.losses(), try reference.losses()).map { abs($0 - $1) / $1 }
                #expect(differences.count == 6 && differences.max() ?? .infinity <= 1e-4, "\(differences)")
                let allocations = try run.steps().compactMap(\.systemAllocations)
                #expect(allocations.count == 6 && allocations.dropFirst(3).allSatisfy { $0 == 0 }, "\(allocations)")
                // Whenever gradients and weights come to the host, the sums are the same.
                let other = TinyRun(ranks: ranks, ["distribution.teachers=\(teachers)"] + changes)
                let job = try other.train(environment: ["CAUSEWAY_STANDIN": "seed:12345"])
                try #require(job.status == 0, "\(job.output)")
                #expect(try run.state(afterStep: 6) == other.state(afterStep: 6))
            }
        }

        @Test func theDoctorExaminesEveryFacetOfADevice() throws {
            let job = try Job.run("causeway", ["doctor", "--device", "standin"], ranks: nil)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardOutput.contains("calls on stand-in on the host equal the CPU's"))
            #expect(job.standardOutput.contains("driver of CUDA 12.9; kernels of the stand-in; products of the library"))
            for name in ["convolutionParameterGradients", "attentionGradients", "adamW", "batchedProduct (ours)"] {
                #expect(job.standardOutput.contains("\n\(name) "), "no row for \(name)")
            }
            #expect(!job.standardOutput.contains("WRONG"))
        }

        @Test func aKernelThatComputesNothingIsFoundByTheDoctor() throws {
            let planted = ["CAUSEWAY_STANDIN": "skipped-kernel:layer_norm"]
            let job = try Job.run(
                "causeway", ["doctor", "--device", "standin"], ranks: nil, settings: planted)
            #expect(job.status == 1)
            #expect(job.standardOutput.contains("examination of standin"))
            #expect(job.standardOutput.contains("ERROR: "))
            #expect(job.standardOutput.contains("differ from the CPU's: layerNorm ("))
            #expect(job.standardOutput.contains("-> do not train on standin"))
            let wrong = job.standardOutput.split(separator: "\n").filter { $0.hasSuffix("WRONG") }
            #expect(!wrong.isEmpty && wrong.allSatisfy { $0.hasPrefix("layerNorm") }, "\(wrong)")
            // What a terminal shows of five hundred lines is the end of them.
            let parts = job.standardOutput.split(separator: "\nof these are wrong\n")
            let end = parts.last?.split(separator: "\n") ?? []
            #expect(parts.count == 2 && end.count == wrong.count / 2 + 4, "\(end)")
            #expect(end.last?.contains("-> do not train on standin: report this table") == true, "\(end)")
            let document = try Job.run(
                "causeway", ["doctor", "--device", "standin", "--json"], ranks: nil, settings: planted)
            #expect(document.status == 1)
            #expect(document.standardOutput.contains(#""topic":"standin: layerNorm","status":"error""#))
        }

        @Test func theDoctorExaminesAPrecisionBesideSingle() throws {
            let words = ["doctor", "--device", "standin"]
            let job = try Job.run("causeway", words + ["--precision", "bf16"], ranks: nil)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardOutput.contains("products of the library, and ours; fp32 and bf16"))
            for name in [
                "convolution (bf16, few digits)", "linearParameterGradients (bf16, rounded)",
                "product (bf16, ours, rounded)", "attentionGradients (bf16)",
            ] { #expect(job.standardOutput.contains("\n\(name) "), "no row for \(name)") }
            // The environment's is the examined device's as well.
            let planted = [
                "CAUSEWAY_PRECISION": "tf32", "CAUSEWAY_STANDIN": "skipped-kernel:fused_query_gradient_32_tf32",
            ]
            let wrong = try Job.run("causeway", words, ranks: nil, settings: planted)
            #expect(wrong.status == 1)
            let rows = wrong.standardOutput.split(separator: "\n").filter { $0.hasSuffix("WRONG") }
            #expect(!rows.isEmpty && rows.allSatisfy { $0.hasPrefix("attentionGradients (tf32)") }, "\(rows)")
            let refused = try Job.run("causeway", ["doctor", "--precision", "tf32"], ranks: nil)
            #expect(refused.status == 64)
            #expect(refused.standardError.contains("--precision tf32 is examined on a device; give --device"))
        }

        @Test func aDeviceThatFailsWhileItIsExaminedEndsTheDoctorWithItsWords() throws {
            let job = try Job.run(
                "causeway", ["doctor", "--device", "standin"], ranks: nil,
                settings: ["CAUSEWAY_STANDIN": "failing-launch:100"])
            #expect(job.status == 1)
            #expect(job.standardError.contains("CUDA_ERROR_LAUNCH_FAILED"), "\(job.output)")
            #expect(job.standardError.contains("while examining "))
        }

        @Test(arguments: [
            ("gpu", "--device gpu is no device; say cuda, cuda:N or standin"),
            ("cpu", "--device cpu: the processor is what devices are compared with"),
        ])
        func theDoctorRefusesWhatIsNoDeviceToExamine(name: String, text: String) throws {
            let job = try Job.run("causeway", ["doctor", "--device", name], ranks: nil)
            #expect(job.status != 0 && job.standardError.contains(text), "\(job.output)")
        }

        @Test func theDoctorSaysWhatItComputesOn() throws {
            let job = try Job.run("causeway", ["doctor"], ranks: nil, settings: ["CAUSEWAY_DEVICE": "standin"])
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("computes on standin (stand-in on the host)"))
        }
    }
}
