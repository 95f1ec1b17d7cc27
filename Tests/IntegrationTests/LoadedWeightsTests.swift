import Foundation
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// Every command that takes weights from a file says what it took and what not.
    @Suite struct LoadedWeightsTests {
        private let folder = TemporaryFolder()

        /// The weights of a short run as its student, beside a teacher of other values, all below `module.`.
        private func studentBesideTeacher(_ run: TinyRun) throws -> String {
            let one = try SafeTensorsFile("\(run.outputFolder)/weights.safetensors")
            var items: [SafeTensorsItem] = []
            for entry in one.entries {
                let values = try one.floats(entry.name)
                items.append(SafeTensorsItem("module.model.\(entry.name)", shape: entry.shape, floats: values))
                let other = values.map { $0 + 1 }
                items.append(SafeTensorsItem("module.ema_model.\(entry.name)", shape: entry.shape, floats: other))
            }
            items.append(SafeTensorsItem("module.local_iter", shape: [1], integers: [40_000]))
            let path = folder.file("both.safetensors")
            try SafeTensorsWriter.write(path, items, metadata: one.metadata)
            return path
        }

        private func causeway(_ arguments: [String], ranks: Int? = nil) throws -> Job {
            try Job.run("causeway", arguments, ranks: ranks, settings: ["TOYTOWN": TinyToytown.path])
        }

        @Test func whatWasLoadedIsSaidOnceAndLogged() throws {
            let first = TinyRun("method=source-only", "training.steps=5")
            try first.finish()
            let path = try studentBesideTeacher(first)
            let setting = ["--config", "\(first.outputFolder)/resolved.yaml"]
            let copies = "passed over: teacher 'module.ema_model.'"

            let run = TinyRun(ranks: 2, "training.steps=5", "model.weights=\(path)")
            let job = try run.train()
            #expect(job.status == 0, "\(job.output)")
            let saidTimes = job.standardError.components(separatedBy: "weights of \(path): loaded ").count - 1
            #expect(saidTimes == 1, "\(job.standardError)")
            for text in [copies, "drawn at random: ", "without a place: ", "under 'module.model.backbone.'"] {
                #expect(job.standardError.contains(text), "\(text): \(job.standardError)")
            }
            let lines = try String(contentsOfFile: run.path("log.jsonl"), encoding: .utf8).split(separator: "\n")
            let event = try #require(lines.first { $0.contains("\"event\":\"weights\"") })
            let members = try #require(try JSONSerialization.jsonObject(with: Data(event.utf8)) as? [String: Any])
            #expect(members["file"] as? String == path)
            #expect(members["prefix"] as? String == "module.model.backbone.")
            #expect((members["passedOver"] as? [[String: Any]])?.first?["role"] as? String == "teacher")
            #expect(((members["drawn"] as? [String: Any])?["count"] as? Int ?? 0) > 10)

            let images = "\(TinyToytown.path)/camera/leftImg8bit/val"
            let predictions = [path, "\(first.outputFolder)/weights.safetensors"].map { weights in
                (weights, folder.file(weights == path ? "both" : "one"))
            }
            for (weights, out) in predictions {
                let job = try causeway(["predict", weights, "--images", images, "--out", out] + setting, ranks: 2)
                #expect(job.status == 0 && job.standardError.contains("weights of \(weights): loaded"), "\(job.output)")
                #expect(job.standardError.contains(copies) == (weights == path), "\(job.standardError)")
            }
            // The student's, not the teacher's.
            #expect(
                FileManager.default.contentsEqual(
                    atPath: "\(predictions[0].1)/labels", andPath: "\(predictions[1].1)/labels"))
            let exported = try causeway(["export", path, "--out", folder.file("x")] + setting)
            #expect(exported.status == 0 && exported.standardError.contains(copies), "\(exported.output)")
        }
    }
}
