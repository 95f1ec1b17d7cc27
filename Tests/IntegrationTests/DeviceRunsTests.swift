import Testing
import _TestSupport

extension IntegrationTests {
    /// Runs whose networks are computed by the kernels of a card, behind the stand-in of its driver.
    @Suite struct DeviceRunsTests {
        /// A pixel that rounding moves over the threshold of confident labels changes a loss by 2e-5 of itself.
        @Test(arguments: [
            (TinyRun.Setting.tiny, 20), (.tinyCoPT, 6), (.tinyPanoptic, 8), (.tinyObjects, 6), (.tinyInstance, 6),
        ])
        func everySystemHasTheLossesOfTheCPU(setting: TinyRun.Setting, steps: Int) throws {
            let changes = ["distribution.teachers=0", "training.steps=\(steps)"]
            let (reference, run) = (
                TinyRun(setting: setting, changes), TinyRun(setting: setting, changes + ["engine.device=standin"])
            )
            try reference.finish()
            try run.finish()
            let differences = zip(try run.losses(), try reference.losses()).map { abs($0 - $1) / $1 }
            #expect(differences.count == steps)
            #expect(differences.max() ?? .infinity <= 1e-3, "\(differences)")
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
            }
        }

        @Test func theDoctorSaysWhatItComputesOn() throws {
            let job = try Job.run("causeway", ["doctor"], ranks: nil, settings: ["CAUSEWAY_DEVICE": "standin"])
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("computes on standin (stand-in on the host)"))
        }
    }
}
