import Foundation
import ImageIO
import Testing
import _TestSupport

extension IntegrationTests {
    /// Runs of a network that finds objects and says no classes of pixels.
    @Suite struct ObjectsAloneRunsTests {
        private let folder = TemporaryFolder()

        private func tool(_ arguments: [String], ranks: Int? = nil) throws -> String {
            let run = try Job.run("causeway", arguments, ranks: ranks, settings: ["TOYTOWN": TinyToytown.path])
            #expect(run.status == 0, "\(arguments): \(run.standardError)")
            return run.standardOutput
        }

        @Test func everyCommandWorksWithIt() throws {
            let run = TinyRun(setting: .tinyObjects, "training.steps=2", "schedule.warmupSteps=0")
            try run.finish()
            let line = try #require(
                try String(decoding: run.file("log.jsonl"), as: UTF8.self).split(separator: "\n").first {
                    $0.contains("\"event\":\"evaluation\"")
                })
            #expect(line.contains("AP50") && !line.contains("mIoU"), "\(line)")
            let out = run.outputFolder
            let scores = try tool(["evaluate", out, "--json"])
            #expect(scores.contains("\"mAP50\"") && !scores.contains("mIoU"))
            #expect(try tool(["evaluate", out, "--json"], ranks: 2) == scores)

            // The third tile of three shows what is found on the image; a fusion with classes would leave it black.
            let report = folder.file("report")
            _ = try tool(["evaluate", out, "--report", report, "--pictures", "1"])
            let picture = try ImageCodec.readRGB("\(report)/picture-00.png")
            let row = 3 * picture.width * (picture.height / 3)
            let tile = picture.pixels[(row + 2 * picture.width + 30)..<(row + 3 * picture.width - 30)]
            #expect(tile.contains { $0 > 0 && $0 < 255 })

            let predictions = folder.file("predictions")
            _ = try tool(
                ["predict", out, "--images", "\(TinyToytown.path)/camera/leftImg8bit/val", "--out", predictions],
                ranks: 2)
            let written = try FileManager.default.contentsOfDirectory(atPath: predictions).filter { !$0.hasPrefix(".") }
            #expect(Set(written).isSuperset(of: ["instances", "instances.json", "objects", "legend.png"]))
            #expect(Set(written).isDisjoint(with: ["labels", "colors", "overlays", "panoptic", "panoptic.json"]))

            #expect(try tool(["export", out, "--out", folder.file("export")]).contains("model.safetensors"))
            let setting = "\(out)/resolved.yaml"
            let plan = try tool(["doctor", "--config", setting, "--ranks", "2"])
            #expect(plan.contains("mask-rcnn-mit-b0"), "\(plan)")
            let bench = ["bench", "step", "--steps", "1", "--warmup", "0"]
            #expect(try tool(bench + ["--config", setting]).contains("forward"))
            #expect(try tool(bench + ["--model", "mask-rcnn-mit-b0", "--infer", "64x64"]).contains("forward"))
        }

        /// Queries of all classes are trained, scored and predicted with as a panoptic network is. Crops are no
        /// multiples of 32.
        @Test func queriesOfAllClassesMakePanopticImages() throws {
            let run = TinyRun(setting: .tinyPanopticQueries, "data.crop={height: 56, width: 72}", "checkpoint.every=3")
            try run.finish()
            let line = try #require(
                try String(decoding: run.file("log.jsonl"), as: UTF8.self).split(separator: "\n").first {
                    $0.contains("\"event\":\"evaluation\"")
                })
            for name in ["mPQ", "AP50", "mIoU"] { #expect(line.contains(name), "\(line)") }
            let steps = try run.losses()
            #expect(steps.count == 6 && steps.allSatisfy { $0.isFinite })
            let out = run.outputFolder
            let scores = try tool(["evaluate", out, "--json"])
            #expect(scores.contains("\"mPQ\"") && scores.contains("\"mIoU\""), "\(scores)")
            #expect(try tool(["evaluate", out, "--json"], ranks: 2) == scores)

            let predictions = folder.file("panoptic")
            let images = "\(TinyToytown.path)/camera/leftImg8bit/val"
            _ = try tool(["predict", out, "--images", images, "--out", predictions])
            let written = try FileManager.default.contentsOfDirectory(atPath: predictions)
            #expect(
                Set(written).isSuperset(of: ["labels", "colors", "overlays", "panoptic", "panoptic.json", "objects"]),
                "\(written)")

            let half = TinyRun(setting: .tinyPanopticQueries, ranks: 2, "data.crop={height: 56, width: 72}")
            try half.finish()
            let differences = zip(try half.losses(), steps).map { abs($0 - $1) / $1 }
            #expect(differences.count == 6 && differences.allSatisfy { $0 <= 1e-4 }, "\(differences)")
        }

        @Test func theSameGlobalBatchGivesTheSameLossesOnAnyRanks() throws {
            let reference = TinyRun(setting: .tinyObjects, "evaluation.dataset=null")
            try reference.finish()
            let expected = try reference.losses()
            #expect(expected.count == 6)
            let run = TinyRun(setting: .tinyObjects, ranks: 2, "evaluation.dataset=null")
            try run.finish()
            let differences = zip(try run.losses(), expected).map { abs($0 - $1) / $1 }
            #expect(differences.count == 6 && differences.allSatisfy { $0 <= 1e-4 }, "\(differences)")
        }
    }
}
