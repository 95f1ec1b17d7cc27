import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// A run of a few steps, and what can be done with it.
    @Suite struct TrainedModelCommandTests {
        private let folder = TemporaryFolder()

        private func tool(_ arguments: [String], ranks: Int? = nil) throws -> String {
            let run = try Job.run("causeway", arguments, ranks: ranks)
            #expect(run.status == 0, "\(arguments): \(run.standardError)")
            return run.standardOutput
        }

        /// The first mean IoU of a JSON report.
        private func meanIoU(_ text: String) throws -> Double {
            let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let scores = try #require((document?["scores"] as? [[String: Any]])?.first)
            return try #require(scores["mIoU"] as? Double)
        }

        private func train() throws -> String {
            let (data, run) = (folder.file("toytown"), folder.file("run"))
            _ = try tool(["make-toytown", "--out", data, "--train", "4", "--val", "3", "--size", "96x64"])
            let changes = [
                "data.source.root=\(data)", "data.target.root=\(data)", "evaluation.dataset.root=\(data)",
                "data.crop={height: 64, width: 64}", "training.steps=2", "schedule.warmupSteps=1", "checkpoint.every=1",
                "evaluation.targetStatisticsImages=3",
            ]
            _ = try tool(
                ["train", "--config", "configs/toytown/source-only.yaml", "--out", run]
                    + changes.flatMap { ["--set", $0] })
            return run
        }

        @Test func everyWayToAModelGivesTheSameScores() throws {
            let run = try train()
            let score = try meanIoU(try tool(["evaluate", run, "--json"]))
            #expect(score > 0 && score < 100)
            #expect(try meanIoU(try tool(["evaluate", "\(run)/checkpoints/step-000002", "--json"])) == score)
            let weights = ["\(run)/weights.safetensors", "--config", "\(run)/resolved.yaml"]
            #expect(try meanIoU(try tool(["evaluate"] + weights + ["--json"])) == score)
            #expect(try meanIoU(try tool(["evaluate", run, "--json"], ranks: 2)) == score)

            let predictions = folder.file("predictions")
            let images = folder.file("toytown/camera/leftImg8bit/val")
            _ = try tool(["predict", run, "--images", images, "--out", predictions, "--ids", "label"], ranks: 2)
            let scored = try tool([
                "score", "semantic", "--predictions", "\(predictions)/labels", "--prediction-ids", "label", "--labels",
                folder.file("toytown/camera/gtFine/val"), "--label-space", "cityscapes19", "--json",
            ])
            #expect(try meanIoU(scored) == score)

            try FileManager.default.removeItem(atPath: "\(run)/weights.safetensors")
            #expect(try meanIoU(try tool(["evaluate", run, "--json"])) == score)
        }

        @Test func aFolderWithoutAModelIsNamed() throws {
            let run = try Job.run("causeway", ["evaluate", folder.path], ranks: nil)
            #expect(run.status == 1)
            let message = "\(folder.path): holds neither weights.safetensors nor a whole checkpoint"
            #expect(run.standardError.contains(message))
        }

        @Test func weightsNeedTheirSetting() throws {
            let run = try Job.run(
                "causeway", ["predict", "w.safetensors", "--images", folder.path, "--out", folder.path], ranks: nil)
            #expect(run.status == 1)
            #expect(run.standardError.contains("holds no PNG or JPEG images"))
            let evaluated = try Job.run("causeway", ["evaluate", "w.safetensors"], ranks: nil)
            #expect(evaluated.status == 1)
            #expect(evaluated.standardError.contains("give its setting, --config"))
        }
    }
}
