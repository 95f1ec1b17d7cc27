import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// The best checkpoint beside the last, and which of a run's networks is taken.
    @Suite struct BestCheckpointTests {
        /// Scores of every other step; from random weights they go up and down.
        private func run(_ ranks: Int?, _ changes: String...) -> TinyRun {
            let scored =
                "{kind: toytown, root: \"${TOYTOWN}\", domain: camera, split: val, resize: {height: 64, width: 128}}"
            return TinyRun(
                ranks: ranks,
                [
                    "training.steps=12", "evaluation.every=2", "evaluation.dataset=\(scored)", "checkpoint.every=5",
                    "checkpoint.best=mIoU",
                ] + changes)
        }

        private func tool(_ arguments: [String], ranks: Int? = nil) throws -> Job {
            let job = try Job.run("causeway", arguments, ranks: ranks, settings: ["TOYTOWN": TinyToytown.path])
            #expect(job.status == 0, "\(arguments): \(job.output)")
            return job
        }

        /// Steps and values of a score in the log.
        private func scores(_ run: TinyRun, _ name: String) throws -> [(step: Int, value: Double)] {
            try run.file("log.jsonl").split(separator: UInt8(ascii: "\n")).compactMap { line in
                let members = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
                guard members?["event"] as? String == "evaluation", let step = members?["step"] as? Int,
                    let value = members?[name] as? Double
                else { return nil }
                return (step, value)
            }
        }

        private func best(_ run: TinyRun) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: run.path("best")).sorted()
        }

        private func json(_ job: Job, _ name: String) throws -> Double {
            let document = try JSONSerialization.jsonObject(with: Data(job.standardOutput.utf8)) as? [String: Any]
            return try #require((document?["scores"] as? [[String: Any]])?.first?[name] as? Double)
        }

        @Test(arguments: [nil, 2, 3] as [Int?]) func theBestIsKeptAndSaysThatItWasChosen(ranks: Int?) throws {
            let run = run(ranks)
            try run.finish()
            let scores = try scores(run, "mIoU")
            #expect(scores.map(\.step) == [2, 4, 6, 8, 10, 12])
            let most = try #require(scores.map(\.value).max())
            let step = try #require(scores.first { $0.value == most }).step
            let name = "step-0000" + (step < 10 ? "0\(step)" : "\(step)")
            #expect(try best(run) == [name])
            for path in [run.path("best"), run.path("best/\(name)")] {
                let job = try tool(["evaluate", path, "--json"])
                #expect(try json(job, "mIoU") == most)
                #expect(
                    job.standardError.contains(
                        "on the labels of evaluation.dataset: scores on those are no measure of other images"))
            }
        }

        /// Killed after its best and before a checkpoint, it comes to the same best.
        @Test func aRunThatGoesOnKeepsTheSameBest() throws {
            let whole = run(nil)
            try whole.finish()
            let killed = run(nil)
            _ = try killed.train(interruption: killed.interruption(.killAll, afterStep: 7))
            #expect(try killed.steps().count < 12, "it was killed too late to prove anything")
            try killed.finish(ranks: 2, resumes: true)
            let again = run(nil)
            _ = try again.train(interruption: again.interruption(.terminate, afterStep: 7))
            try again.finish(resumes: true)
            #expect(try best(again) == best(whole))
            let file = "best/\(try best(whole)[0])/shard-0.safetensors"
            #expect(try again.file(file) == whole.file(file))
            #expect(try best(killed).count == 1)
        }

        @Test func anUnknownScoreIsRefusedBeforeTheFirstStep() throws {
            let job = try run(nil, "checkpoint.best=mIoU.nigth").train()
            #expect(job.status == 1)
            #expect(
                job.standardError.contains(
                    "'mIoU.nigth' is no score of evaluation.measures; did you mean 'mIoU.night'? "))
            // All conditions may be named in a setting; the images are of none.
            let condition = run(nil, "checkpoint.best=mIoU.night")
            let late = try condition.train()
            #expect(late.status == 1)
            #expect(late.standardError.contains("'mIoU.night' is no score of evaluation.measures; "))
            #expect(!FileManager.default.fileExists(atPath: condition.path("log.jsonl")))
        }

        @Test func theTeacherOfARunIsScoredDrawnAndExported() throws {
            let run = run(3)
            try run.finish()
            let out = run.path("")
            let student = try tool(["evaluate", out, "--json"])
            let named = try tool(["evaluate", out, "--json", "--network", "student"])
            #expect(student.standardOutput == named.standardOutput)
            #expect(student.standardError.contains("they are the student's"))
            let teacher = try tool(["evaluate", out, "--json", "--network", "teacher"])
            #expect(
                teacher.standardError.contains(
                    "loaded the teacher after step 12, with the student's statistics of batch normalisation"))
            #expect(teacher.standardOutput.contains("\"tiny (teacher)\""))
            #expect(teacher.standardOutput != student.standardOutput)
            let exported = run.path("exported")
            _ = try tool(["export", out, "--network", "teacher", "--for", "original", "--out", exported])
            let again = try tool([
                "evaluate", "\(exported)/model.safetensors", "--config", run.path("resolved.yaml"), "--json",
            ])
            #expect(try json(again, "mIoU") == json(teacher, "mIoU"))
            #expect(again.standardError.contains("they are the teacher's"))
            let images = "\(TinyToytown.path)/camera/leftImg8bit/val"
            let predicted = try tool(
                ["predict", out, "--network", "teacher", "--images", images, "--out", run.path("predicted")])
            #expect(predicted.standardError.contains("loaded the teacher after step 12"))
        }

        @Test func aTeacherThatIsNotThereIsRefused() throws {
            let plain = run(
                nil, "method=source-only", "training.steps=2", "schedule.warmupSteps=1", "checkpoint.best=null")
            try plain.finish()
            let none = try Job.run(
                "causeway", ["evaluate", plain.outputFolder, "--network", "teacher"], ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
            #expect(none.status == 1)
            #expect(
                none.standardError.contains(
                    "has no teacher, as the method 'source-only' trains without one; use --network student"))
            let file = try Job.run(
                "causeway",
                [
                    "evaluate", plain.path("weights.safetensors"), "--config", plain.path("resolved.yaml"), "--network",
                    "teacher",
                ],
                ranks: nil, settings: ["TOYTOWN": TinyToytown.path])
            #expect(
                file.standardError.contains("holds the student alone; the teacher is in the checkpoints of its run"))
            let early = run(nil, "training.steps=2", "schedule.warmupSteps=1", "checkpoint.best=null")
            try early.finish()
            let asked = try Job.run(
                "causeway", ["evaluate", early.outputFolder, "--network", "teacher"], ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
            #expect(
                asked.standardError.contains("its teacher has not begun by step 2 (method.sourceOnlySteps)"),
                "\(asked.output)")
        }
    }
}
