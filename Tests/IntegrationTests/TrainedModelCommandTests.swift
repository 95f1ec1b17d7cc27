import Foundation
import Testing
import WeightFiles
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

        private func train(_ changed: [String] = [], to name: String = "run") throws -> String {
            let (data, run) = (folder.file("toytown"), folder.file(name))
            _ = try tool(["make-toytown", "--out", data, "--train", "4", "--val", "3", "--size", "96x64"])
            let changes = [
                "data.source.root=\(data)", "data.target.root=\(data)", "evaluation.dataset.root=\(data)",
                "data.crop={height: 64, width: 64}", "training.steps=2", "schedule.warmupSteps=1", "checkpoint.every=1",
                "evaluation.targetStatisticsImages=3",
            ]
            _ = try tool(
                ["train", "--config", "configs/toytown/source-only.yaml", "--out", run]
                    + (changes + changed).flatMap { ["--set", $0] })
            return run
        }

        @Test(arguments: ["null", "{detail: {height: 32, width: 32}}"])
        func everyWayToAModelGivesTheSameScores(multiResolution: String) throws {
            let run = try train(["model.multiResolution=\(multiResolution)"])
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
            #expect(FileManager.default.fileExists(atPath: "\(predictions)/legend.png"))
            try predictionsAmongImagesAreRefused(run, images)

            try checkSubmission(of: run, images: images)

            try FileManager.default.removeItem(atPath: "\(run)/weights.safetensors")
            #expect(try meanIoU(try tool(["evaluate", run, "--json"])) == score)
        }

        private func aSingleImageAndLinksAreTakenAsMeant(_ run: String, _ images: String) throws {
            // Deep in a folder that a link leads to.
            let linked = folder.file("linked")
            folder.makeFolder("linked")
            try FileManager.default.createSymbolicLink(atPath: "\(linked)/all", withDestinationPath: images)
            try FileManager.default.createSymbolicLink(atPath: "\(linked)/up", withDestinationPath: folder.path)
            let among = try Job.run(
                "causeway", ["predict", run, "--images", linked, "--out", "\(images)/new"], ranks: nil)
            #expect(among.status == 1)
            #expect(
                among.standardError.contains(
                    "lies in the folder of --images, \(linked), which leads to \(images), so that"),
                "\(among.output)")
            // A link to a folder above leads to everything, also to what is written.
            let above = try Job.run(
                "causeway", ["predict", run, "--images", linked, "--out", folder.file("beside")], ranks: nil)
            #expect(above.status == 0, "\(above.output)")
            #expect(
                above.standardError.contains("1 a link to a folder above it, such as \(linked)/up"), "\(above.output)")
            #expect(above.standardOutput.hasSuffix(": 3 images\n"))

            let file = try #require(FileManager.default.subpaths(atPath: images)?.first { $0.hasSuffix(".png") })
            let single = folder.file("single")
            let one = try Job.run(
                "causeway", ["predict", run, "--images", "\(images)/\(file)", "--out", single], ranks: nil)
            #expect(one.status == 0 && one.standardOutput == "\(single): 1 images\n", "\(one.output)")
            let name = try #require(file.split(separator: "/").last)
            #expect(FileManager.default.fileExists(atPath: "\(single)/labels/\(name)"))
            for (path, message) in [
                ("\(run)/resolved.yaml", "is a file, and no image by its name, which ends in .png, .jpg or .jpeg"),
                ("\(images)/none.png", "no such folder or image; check the path"),
            ] {
                let job = try Job.run("causeway", ["predict", run, "--images", path, "--out", single], ranks: nil)
                #expect(job.status == 1 && job.standardError.contains("\(path): \(message)"), "\(job.output)")
            }
        }

        /// The next run would take them for images.
        private func predictionsAmongImagesAreRefused(_ run: String, _ images: String) throws {
            for out in [images, "\(images)/new/folder", "\(images)/../val"] {
                let job = try Job.run("causeway", ["predict", run, "--images", images, "--out", out], ranks: nil)
                #expect(job.status == 1)
                #expect(
                    job.standardError
                        == "error: --out \(out): lies in the folder of --images, \(images), so that the next run "
                        + "would take predictions for images; give a folder beside it\n")
            }
            try aSingleImageAndLinksAreTakenAsMeant(run, images)
            let labels = folder.file("predictions/labels")
            let job = try Job.run(
                "causeway", ["predict", run, "--images", labels, "--out", folder.file("predictions")], ranks: nil)
            #expect(job.status == 1)
            #expect(
                job.standardError.contains("/predictions/labels, where the images of --images, \(labels), lie; give "))
        }

        @Test func exportsUnderOtherNamesGiveTheSameScores() throws {
            let run = try train()
            let setting = ["--config", "\(run)/resolved.yaml", "--json"]
            let score = try meanIoU(try tool(["evaluate", run, "--json"]))
            for format in ["hf", "original"] {
                let out = folder.file("export-\(format)")
                _ = try tool(["export", run, "--format", format, "--out", out])
                #expect(try meanIoU(try tool(["evaluate", "\(out)/model.safetensors"] + setting)) == score)
            }
            let out = folder.file("encoder")
            #expect(
                try tool(["export", run, "--part", "encoder", "--out", out])
                    == "\(out)/model.safetensors\n\(out)/config.json\n")
            let names = try SafeTensorsFile("\(out)/model.safetensors").names
            #expect(names.contains("encoder.block.0.0.attention.self.key.weight"))
            #expect(names.allSatisfy { $0.hasPrefix("encoder.") })
            let data = try Data(contentsOf: URL(filePath: "\(out)/config.json"))
            let config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(config["model_type"] as? String == "segformer")
            #expect(config["hidden_sizes"] as? [Int] == [32, 64, 160, 256])
            #expect(config["depths"] as? [Int] == [2, 2, 2, 2])
            let failed = try Job.run("causeway", ["export", run, "--out", "/proc/nowhere"], ranks: nil)
            #expect(failed.status == 1)
            #expect(failed.standardError.contains("/proc/nowhere: cannot be written; choose another with --out"))
        }

        @Test func halvesTakeHalfTheRoomAndCanBeTrainedOn() throws {
            let run = try train()
            let (single, half) = (folder.file("fp32"), folder.file("fp16"))
            let export = ["export", run, "--format", "original", "--out"]
            _ = try tool(export + [single])
            _ = try tool(export + [half, "--type", "fp16", "--metadata", "licence=free", "recipe=two=steps"])
            let files = try [single, half].map { try SafeTensorsFile("\($0)/model.safetensors") }
            #expect(files[0].names.sorted() == files[1].names.sorted())
            for name in files[0].names where try files[0].entry(name).type == .float32 {
                #expect(try files[1].entry(name).type == .float16)
                #expect(try files[1].floats(name) == files[0].floats(name).map { Float(Float16($0)) }, "\(name)")
            }
            #expect(files[1].metadata["licence"] == "free" && files[1].metadata["recipe"] == "two=steps")
            let weights = "model.weights=\(half)/model.safetensors"
            for (name, resolutions) in [("one", "null"), ("two", "{detail: {height: 32, width: 32}}")] {
                _ = try train([weights, "model.loads=network", "model.multiResolution=\(resolutions)"], to: name)
            }
            let failed = try Job.run("causeway", export + ["\(half)2", "--metadata", "licence"], ranks: nil)
            #expect(failed.status != 0)
            #expect(failed.standardError.contains("--metadata needs KEY=TEXT, got 'licence'"))
        }

        @Test func runsAreSummarized() throws {
            let run = try train()
            let report = folder.file("results.md")
            _ = FileManager.default.createFile(
                atPath: report, contents: Data("above\n<!-- summary -->\nold\n<!-- end of summary -->\nbelow\n".utf8))
            _ = try tool(["evaluate", run, "--report", "\(run)/report", "--pictures", "0"])
            #expect(try tool(["summarize", run, "--into", report]).isEmpty)
            let text = try String(contentsOfFile: report, encoding: .utf8)
            #expect(text.hasPrefix("above\n<!-- summary -->\n\n### render → camera\n"))
            #expect(text.contains("| toytown-source-only + target statistics | 2 steps of 4 crops, 64x64 | "))
            #expect(!text.contains("old"))
            #expect(text.hasSuffix("|\n\n<!-- end of summary -->\nbelow\n"))
            let failed = try Job.run("causeway", ["summarize", run, "--into", "README.md"], ranks: nil)
            #expect(failed.status == 1)
            #expect(failed.standardError.contains("README.md: has no line '<!-- summary -->'"))

            let places = ["a", "b"].map { "<!-- summary: \($0) -->\nold \($0)\n<!-- end of summary -->\n" }.joined()
            let document = folder.write(places, to: "places.md")
            _ = try tool(["summarize", run, "--into", document, "--section", "b"])
            let written = try String(contentsOfFile: document, encoding: .utf8)
            #expect(
                written.hasPrefix("<!-- summary: a -->\nold a\n<!-- end of summary -->\n<!-- summary: b -->\n\n### "))
            #expect(!written.contains("old b"))
            let strange = try Job.run("causeway", ["summarize", run, "--into", document, "--section", "c"], ranks: nil)
            #expect(strange.status == 1)
            #expect(strange.standardError.contains("places.md: has no line '<!-- summary: c -->'"))
        }

        /// The same images under ACDC's names, handed in.
        private func checkSubmission(of run: String, images: String) throws {
            let files = FileManager.default.enumerator(atPath: images)?.compactMap { $0 as? String } ?? []
            let pictures = files.filter { $0.hasSuffix(".png") }.sorted()
            for (index, condition) in ["fog", "night", "rain", "snow"].enumerated() {
                let sequence = folder.file("acdc/rgb_anon/\(condition)/test/GOPR0001")
                try FileManager.default.createDirectory(atPath: sequence, withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    atPath: "\(images)/\(pictures[index % pictures.count])",
                    toPath: "\(sequence)/GOPR0001_frame_00000\(index)_rgb_anon.png")
            }
            let (data, out) = (folder.file("acdc"), folder.file("submission"))
            let made = try tool(
                ["make-submission", run, "--format", "acdc", "--data", data, "--out", out], ranks: 2)
            #expect(made.contains("nothing is wrong, but the data set at hand has 4 of the 2000 published test images"))
            #expect(made.contains("cd '\(out)' && zip -q -r '../submission.zip' labelTrainIds"))
            let written = try FileManager.default.contentsOfDirectory(atPath: "\(out)/labelTrainIds").sorted()
            #expect(written == (0..<4).map { "GOPR0001_frame_00000\($0)_rgb_anon.png" })

            try FileManager.default.removeItem(atPath: "\(out)/labelTrainIds/\(written[2])")
            let check = ["check-submission", "--format", "acdc", "--folder", out]
            let incomplete = try Job.run("causeway", check + ["--data", data], ranks: nil)
            #expect(incomplete.status == 1)
            #expect(incomplete.standardError.contains("rain/test/GOPR0001/\(written[2]); predict it"))
            let published = try Job.run("causeway", check, ranks: nil)
            #expect(published.status == 1)
            #expect(published.standardError.contains("predictions of 3 images, ACDC's split test has 2000"))
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
