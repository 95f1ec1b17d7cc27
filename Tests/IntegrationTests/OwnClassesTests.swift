import Foundation
import ImageIO
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// Five classes and folders that no data set has: from `causeway new` to predictions, by files alone.
    @Suite struct OwnClassesTests {
        private static let names = ["ground", "box", "disc", "bar", "dot"]
        private static let ids: [UInt8] = [0, 4, 9, 17, 200]
        private static let colors: [SIMD3<UInt8>] = [
            SIMD3(90, 90, 90), SIMD3(220, 30, 30), SIMD3(30, 200, 40), SIMD3(40, 60, 230), SIMD3(240, 220, 20),
        ]

        private let folder = TemporaryFolder()

        /// Shapes of the five classes on 96 x 64 pixels, and in the second domain under another light.
        private func shapes(_ number: Int, isTarget: Bool) -> (image: RGBImage, labels: LabelMap) {
            var labels = LabelMap(height: 64, width: 96, channels: 1, filledWith: Self.ids[0])
            for y in 0..<64 {
                for x in 0..<96 {
                    let (dx, dy) = (x - 60 - number % 5, y - 20 - number % 7)
                    if x > 8 + number % 9 && x < 34 && y > 10 && y < 36 { labels[y, x] = Self.ids[1] }
                    if dx * dx + dy * dy < 150 { labels[y, x] = Self.ids[2] }
                    if y > 46 && y < 54 { labels[y, x] = Self.ids[3] }
                    if x > 84 && y > 56 { labels[y, x] = Self.ids[4] }
                }
            }
            var image = RGBImage(height: 64, width: 96, channels: 3, filledWith: 0)
            for index in labels.pixels.indices {
                let color = Self.colors[Self.ids.firstIndex(of: labels.pixels[index]) ?? 0]
                for channel in 0..<3 {
                    let noise = (index * 31 + channel * 17 + number * 7) % 23
                    image.pixels[index * 3 + channel] =
                        isTarget ? color[channel] / 2 + UInt8(noise) : color[channel] / 4 * 3 + UInt8(noise)
                }
            }
            return (image, labels)
        }

        private func write(_ name: String, _ write: (String) throws -> Void) throws {
            let path = folder.file(name)
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try write(path)
        }

        private func writeDomains() throws {
            var palette = [SIMD3<UInt8>](repeating: SIMD3(0, 0, 0), count: 256)
            for (id, color) in zip(Self.ids, Self.colors) { palette[Int(id)] = color }
            for number in 0..<6 {
                let shapes = shapes(number, isTarget: false)
                try write("drawn/pics/train/n\(number).jpg") { try ImageCodec.writeJPEG(shapes.image, to: $0) }
                try write("drawn/classes/train/n\(number)_lab.png") {
                    try ImageCodec.writePNG(shapes.labels, to: $0, palette: palette)
                }
            }
            for number in 0..<6 {
                let shapes = self.shapes(number, isTarget: true)
                let split = number < 4 ? "train" : "val"
                try write("seen/\(split)/images/m\(number).jpg") { try ImageCodec.writeJPEG(shapes.image, to: $0) }
                guard split == "val" else { continue }
                try write("seen/val/labels/m\(number).png") {
                    try ImageCodec.writePNG(shapes.labels, to: $0, palette: palette)
                }
            }
        }

        private func causeway(_ arguments: String...) throws -> Job {
            let job = try Job.run("causeway", arguments, ranks: nil)
            try #require(job.status == 0, "\(arguments): \(job.output)")
            return job
        }

        @Test func fiveClassesFromFilesAlone() throws {
            try writeDomains()
            let setting = folder.file("mine.yaml")
            let made = try causeway(
                "new", "--source", folder.file("drawn"), "--target", folder.file("seen"), "--out", setting)
            #expect(made.standardOutput.contains("classes: class-0, class-4, class-9, class-17, class-200"))
            let again = try Job.run(
                "causeway",
                ["new", "--source", folder.file("drawn"), "--target", folder.file("seen"), "--out", setting],
                ranks: nil)
            #expect(again.status == 1 && again.standardError.contains("mine.yaml: is there already"))
            let alone = try causeway("new", "--source", folder.file("drawn"), "--out", folder.file("alone.yaml"))
            #expect(
                alone.standardOutput.contains("next: causeway check-data"), "a source without a target: \(alone.output)"
            )
            // What the comments ask for: names.
            let file = folder.file("mine-labels.yaml")
            var text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains("color: [220, 30, 30]"), "\(text)")
            for (id, name) in zip(Self.ids, Self.names) {
                text = text.replacing("name: class-\(id),", with: "name: \(name),")
            }
            try text.write(toFile: file, atomically: true, encoding: .utf8)

            let check = try causeway("check-data", "--config", setting)
            #expect(
                check.standardOutput.contains("no damage") && check.standardOutput.contains("disc"), "\(check.output)")
            let step = try causeway(
                "bench", "step", "--config", setting, "--set", "model.decoder.width=16", "--batch", "1", "--steps", "1",
                "--warmup", "1", "--json")
            #expect(step.standardOutput.contains("step_s"), "\(step.output)")
            let out = folder.file("out")
            let quick = [
                "training.steps=3", "schedule.warmupSteps=1", "evaluation.every=3", "method.sourceOnlySteps=1",
                "training.batch.images=2", "model.decoder.width=16", "method.featureDistance.weight=0",
            ].flatMap { ["--set", $0] }
            let training = try Job.run(
                "causeway", ["train", "--config", setting, "--out", out] + quick, ranks: nil)
            try #require(training.status == 0, "\(training.output)")

            let metadata = try SafeTensorsFile("\(out)/weights.safetensors").metadata
            #expect(
                metadata["classes"] == #"["ground","box","disc","bar","dot"]"#
                    && metadata["label_space"] == "mine-labels")
            // The run says what its classes are when the files are gone.
            try FileManager.default.removeItem(atPath: file)
            let scores = try causeway("evaluate", out, "--report", folder.file("report"))
            for name in Self.names { #expect(scores.standardOutput.contains(name), "\(scores.output)") }
            #expect(!scores.standardOutput.contains("road"))
            _ = try causeway(
                "predict", out, "--images", folder.file("seen/val/images"), "--out", folder.file("p"), "--ids", "label")
            let ids = Set(try ImageCodec.readLabels(folder.file("p/labels/m4.png")).pixels)
            #expect(ids.isSubset(of: Self.ids), "\(ids)")
            let picture = try ImageCodec.readRGB(folder.file("p/colors/m4.png"))
            let color = SIMD3(picture[0, 0, 0], picture[0, 0, 1], picture[0, 0, 2])
            #expect(Self.colors.contains(color), "\(color)")
            _ = try causeway("export", out, "--out", folder.file("e"))
            let config = try String(contentsOfFile: folder.file("e/config.json"), encoding: .utf8)
            #expect(config.contains(#""2":"disc""#), "\(config)")
            #expect(try SafeTensorsFile(folder.file("e/model.safetensors")).metadata["label_space"] == "mine-labels")
        }

        @Test func aSourceAloneMakesASettingThatTrains() throws {
            for number in 0..<4 {
                let (shapes, split) = (shapes(number, isTarget: false), number < 2 ? "train" : "val")
                try write("alone/pics/\(split)/n\(number).jpg") { try ImageCodec.writeJPEG(shapes.image, to: $0) }
                try write("alone/ids/\(split)/n\(number).png") { try ImageCodec.writePNG(shapes.labels, to: $0) }
            }
            let setting = folder.file("alone.yaml")
            _ = try causeway("new", "--source", folder.file("alone"), "--out", setting)
            let text = try String(contentsOfFile: setting, encoding: .utf8)
            #expect(text.contains("2 labelled images of the source") && !text.contains("adaptation"), "\(text)")
            let run = try causeway(
                "train", "--config", setting, "--out", folder.file("out"), "--set", "training.steps=2",
                "--set", "schedule.warmupSteps=1", "--set", "model.decoder.width=16", "--set", "training.batch.images=2"
            )
            #expect(run.output.contains("done:"))
        }

        /// Classes of the same number whose order is another.
        @Test func whatWasTrainedOnOtherClassesIsRefused() throws {
            try writeDomains()
            func space(_ name: String, _ names: [String], _ ids: [UInt8] = Self.ids) throws {
                let lines = zip(names, ids).map { "  - {name: \($0), ids: \($1)}" }
                try "name: \(name)\nclasses:\n\(lines.joined(separator: "\n"))\n".write(
                    toFile: folder.file("\(name).yaml"), atomically: true, encoding: .utf8)
            }
            try space("shapes", Self.names)
            try space("others", Self.names.reversed())
            try space("shifted", Self.names, Self.ids.reversed())
            let setting = """
                extends: \(RepositoryFile.path("configs/base/small.yaml"))
                labelSpace: shapes.yaml
                method: source-only
                data:
                  source: {kind: folder, root: \(folder.file("drawn")), images: pics, labels: classes, suffix: {label: _lab.png}}
                  crop: {height: 64, width: 64}
                training: {steps: 1, batch: {images: 2}}
                schedule: {warmupSteps: 1}
                model: {decoder: {width: 16}}
                evaluation: {targetStatisticsImages: 0}
                """
            try setting.write(toFile: folder.file("shapes-run.yaml"), atomically: true, encoding: .utf8)
            let (file, out) = (folder.file("shapes-run.yaml"), folder.file("out"))
            _ = try causeway("train", "--config", file, "--out", out)
            let others = ["--set", "labelSpace=\(folder.file("others.yaml"))"]
            let loading = ["--set", "model.weights=\(out)/weights.safetensors", "--set", "model.loads=network"]
            for arguments in [
                ["train", "--config", file, "--out", out, "--resume", "--set", "training.steps=2"],
                ["train", "--config", file, "--out", folder.file("next")] + loading,
                ["predict", out, "--images", folder.file("drawn/pics"), "--out", folder.file("p")],
                [
                    "predict", "\(out)/checkpoints/step-000001", "--images", folder.file("drawn/pics"), "--out",
                    folder.file("p"),
                ],
            ] {
                let job = try Job.run("causeway", arguments + others, ranks: nil)
                #expect(job.status == 1, "\(arguments): \(job.output)")
                #expect(
                    job.standardError.contains("was trained on the 5 classes of shapes (ground, box, disc, bar, dot)"),
                    "\(arguments): \(job.output)")
                // The lines of all classes would stand before the one that counts.
                #expect(!job.standardError.contains("goes on with another setting"), "\(arguments): \(job.output)")
            }
            // The same classes under other ids may be learnt, but are no scores to compare.
            _ = try causeway(
                "train", "--config", file, "--out", folder.file("shifted"), "--set", loading[1], "--set", loading[3],
                "--set",
                "labelSpace=\(folder.file("shifted.yaml"))")
            let seen = "{kind: folder, root: \(folder.file("seen")), images: val/images, labels: val/labels}"
            let comparison = try Job.run(
                "causeway", ["evaluate", out, folder.file("shifted"), "--set", "evaluation.dataset=\(seen)"], ranks: nil
            )
            #expect(comparison.status == 1, "\(comparison.output)")
            #expect(
                comparison.standardError.contains("read the labels of seen/val/images in other ways"),
                "\(comparison.output)")
        }

        @Test func twoFoldersOfASourceAndAnotherClassesScoreAreRead() throws {
            try writeDomains()
            let labels = """
                name: shapes
                classes: [{name: ground, ids: 0}, {name: thing, ids: [4, 9, 17, 200]}]
                ignore: []
                """
            try labels.write(toFile: folder.file("shapes.yaml"), atomically: true, encoding: .utf8)
            let setting = """
                extends: \(RepositoryFile.path("configs/base/small.yaml"))
                name: two
                labelSpace: shapes.yaml
                method: source-only
                data:
                  source:
                    kind: folder
                    root: \(folder.file("drawn"))
                    images: pics/<split>
                    labels: classes/<split>
                    suffix: {label: _lab.png}
                    weight: 1
                    also:
                      - {kind: folder, root: \(folder.file("seen")), images: val/images, labels: val/labels, weight: 3}
                  crop: {height: 64, width: 64}
                evaluation: {targetStatisticsImages: 0}
                """
            try setting.write(toFile: folder.file("two.yaml"), atomically: true, encoding: .utf8)
            let counts = try causeway("statistics", "--config", folder.file("two.yaml"))
            #expect(counts.standardOutput.contains("8 images") && counts.standardOutput.contains("thing"))
            let run = try causeway(
                "train", "--config", folder.file("two.yaml"), "--out", folder.file("out"), "--set", "training.steps=2",
                "--set", "schedule.warmupSteps=1", "--set", "model.decoder.width=16", "--set", "training.batch.images=2"
            )
            #expect(run.output.contains("done:"))
            // Without a target the first setting is of the source alone.
            _ = try causeway("new", "--source", folder.file("drawn"), "--out", folder.file("alone.yaml"))
            #expect(
                try causeway("check-data", "--config", folder.file("alone.yaml")).standardOutput.contains("no damage"))
            let wrong = try Job.run(
                "causeway", ["check-data", "--config", folder.file("two.yaml"), "--set", "model.classes=19"], ranks: nil
            )
            #expect(wrong.standardError.contains("model.classes: 19 classes are not the 2 of the label space shapes"))
            let noMap = try Job.run(
                "causeway",
                [
                    "train", "--config", folder.file("two.yaml"), "--out", folder.file("o"), "--set",
                    "data.source.labelSpace=camvid11",
                ],
                ranks: nil)
            #expect(noMap.status != 0 && noMap.standardError.contains("classes of camvid11 cannot be read as shapes"))
        }
    }
}
