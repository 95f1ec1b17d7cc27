import Foundation
import ImageIO
import Testing
import _TestSupport

extension IntegrationTests {
    @Suite struct CheckDataCommandTests {
        private let folder = TemporaryFolder()

        private func write(_ name: String, _ write: (String) throws -> Void) throws {
            let file = URL(fileURLWithPath: folder.file(name))
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try write(file.path)
        }

        private func image(_ name: String) throws {
            try write(name) {
                try ImageCodec.writePNG(RGBImage(height: 4, width: 6, channels: 3, filledWith: 90), to: $0)
            }
        }

        private func labels(_ name: String, _ value: UInt8) throws {
            try write(name) {
                try ImageCodec.writePNG(LabelMap(height: 4, width: 6, channels: 1, filledWith: value), to: $0)
            }
        }

        /// GTA to ACDC, two images of each domain.
        private func setting() throws -> String {
            for name in ["1", "2"] {
                try image("gta/images/\(name).png")
                try labels("gta/labels/\(name).png", 7)
            }
            for condition in ["fog", "night", "rain", "snow"] {
                try image("acdc/rgb_anon/\(condition)/train/s/\(condition)t_rgb_anon.png")
                try image("acdc/rgb_anon/\(condition)/val/s/\(condition)v_rgb_anon.png")
                try labels("acdc/gt/\(condition)/val/s/\(condition)v_gt_labelTrainIds.png", 13)
            }
            let text = """
                name: check
                data:
                  source: {kind: gta, root: \(folder.file("gta"))}
                  target: {kind: acdc, root: \(folder.file("acdc"))}
                evaluation:
                  dataset: {kind: acdc, root: \(folder.file("acdc")), split: val}
                """
            try write("setting.yaml") { try text.write(toFile: $0, atomically: true, encoding: .utf8) }
            return folder.file("setting.yaml")
        }

        private func check(_ arguments: [String]) throws -> Job {
            try Job.run("causeway", ["check-data"] + arguments, ranks: nil)
        }

        @Test func aWholeSetEndsWellWithATableAndPictures() throws {
            let setting = try setting()
            let run = try check(["--config", setting, "--out", folder.file("report")])
            #expect(run.status == 0, "\(run.output)")
            for words in [
                "data.source gta/train", "24966", "night", "106", "no damage; all findings are in", "100.000",
                "note: acdc/train, fog: 1 images, ACDC has 400",
            ] {
                #expect(run.standardOutput.contains(words), "\(words): \(run.standardOutput)")
            }
            let picture = try ImageCodec.readRGB(folder.file("report/data.source-01.png"))
            let road = (0..<picture.height).contains { y in
                (0..<picture.width).contains { x in
                    picture[y, x, 0] == 128 && picture[y, x, 1] == 64 && picture[y, x, 2] == 128
                }
            }
            #expect(road)
            #expect(FileManager.default.fileExists(atPath: folder.file("report/evaluation.dataset-03.png")))
        }

        @Test func damageEndsWithAStatusAndTheFile() throws {
            let setting = try setting()
            try labels("gta/labels/2.png", 77)
            let image = folder.file("acdc/rgb_anon/rain/train/s/raint_rgb_anon.png")
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: image))
            let run = try check(["--config", setting, "--json"])
            #expect(run.status == 1)
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
            #expect(document["damage"] as? Int == 2)
            #expect(
                run.standardOutput.contains(
                    "gta/labels/2.png: the id 77, in 24 of 24 pixels, is none of the label ids of cityscapes19"))
            #expect(run.standardOutput.contains("rain/train/s/raint_rgb_anon.png: cannot be read for acdc/train"))

            let quick = try check(["--config", setting, "--quick"])
            #expect(quick.status == 1 && quick.standardOutput.contains("damage: 1;"), "\(quick.standardOutput)")
        }

        @Test func aMissingFolderIsDamage() throws {
            let setting = try setting()
            let run = try check(["--config", setting, "--set", "data.source.root=/nowhere"])
            #expect(run.status == 1)
            #expect(run.standardOutput.contains("damage: /nowhere/images: no such folder; unpack GTA into the root"))
        }
    }
}
