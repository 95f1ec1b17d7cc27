import Datasets
import Foundation
import ImageIO
import Testing
import _TestSupport

extension IntegrationTests {
    /// Data that is formally good: what is useless, left out or mixed up is said, and what teaches nothing ends the
    /// run.
    @Suite struct UselessDataTests {
        private static let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
        private static let labels = "render/gtFine/train/toytown"
        private static let images = "camera/leftImg8bit/train/toytown"

        /// A copy of the data set, with a change.
        private func changed(_ change: (String) throws -> Void) throws -> TemporaryFolder {
            let folder = TemporaryFolder()
            for name in ["render", "camera"] {
                try FileManager.default.copyItem(atPath: "\(TinyToytown.path)/\(name)", toPath: folder.file(name))
            }
            try change(folder.path)
            return folder
        }

        /// Makes label files all one value.
        private func fill(_ folder: String, with value: UInt8, only: (String) -> Bool = { _ in true }) throws {
            for name in try names(in: folder) where name.hasSuffix("_labelIds.png") && only(name) {
                let size = try ImageCodec.header(ofFile: "\(folder)/\(name)")
                try ImageCodec.writePNG(
                    LabelMap(height: size.height, width: size.width, channels: 1, filledWith: value),
                    to: "\(folder)/\(name)")
            }
        }

        private func names(in folder: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        }

        private func causeway(
            _ command: String, _ data: TemporaryFolder, _ more: [String] = [], ranks: Int? = nil,
            settings: [String: String] = [:]
        ) throws -> Job {
            try Job.run(
                "causeway", [command, "--config", Self.setting] + more, ranks: ranks,
                settings: settings.merging(["TOYTOWN": data.path]) { own, _ in own })
        }

        @Test(arguments: [0, 255] as [UInt8]) func labelsWithoutALabelledPixelStopBeforeTheFirstStep(value: UInt8)
            throws
        {
            let data = try changed { try fill("\($0)/\(Self.labels)", with: value) }
            let first =
                "\(data.path)/\(Self.labels)/toytown_000000_gtFine_labelIds.png: like all 8 labels of "
                + "toytown/render/train it has no labelled pixel"
            for (ranks, change) in [
                (nil, "seed=1"), (nil, "data.rareClassSampling=null"), (2, "data.rareClassSampling=null"),
            ]
                as [(Int?, String)]
            {
                let run = TinyRun(ranks: ranks, change)
                let job = try run.train(data: data.path)
                #expect(job.status != 0 && job.standardError.contains(first), "\(job.output)")
                #expect(job.standardError.contains("check data.source.kind, root and split"))
                #expect(!FileManager.default.fileExists(atPath: run.path("log.jsonl")))
                #expect(!FileManager.default.fileExists(atPath: run.path("weights.safetensors")))
            }
            for command in ["statistics", "check-data"] {
                let job = try causeway(command, data)
                #expect(job.status == 1 && job.output.contains(first), "\(job.output)")
            }
            let quick = try causeway("check-data", data, ["--quick"])
            #expect(quick.status == 0 && quick.standardOutput.contains("pixels and label ids were not read"))
        }

        @Test func oneEmptyLabelIsNamedAndTrainingGoesOn() throws {
            let data = try changed { try fill("\($0)/\(Self.labels)", with: 0) { $0.contains("000005") } }
            let file = "\(data.path)/\(Self.labels)/toytown_000005_gtFine_labelIds.png"
            let run = TinyRun("training.steps=5")
            let job = try run.train(data: data.path)
            #expect(job.status == 0, "\(job.output)")
            #expect(
                job.standardError.contains(
                    "warning: 1 of 8 labels of toytown/render/train have no labelled pixel, and nothing is learnt from "
                        + "their images, the first is \(file)"), "\(job.output)")
            let check = try causeway("check-data", data)
            #expect(check.status == 1 && check.standardOutput.contains("damage: \(file): has no labelled pixel"))
        }

        @Test func labelsOfOneClassAreSaid() throws {
            let data = try changed { try fill("\($0)/\(Self.labels)", with: 7) }
            let job = try TinyRun("training.steps=5").train(data: data.path)
            #expect(
                job.standardError.contains("warning: toytown/render/train: every labelled pixel is road;"),
                "\(job.output)")
        }

        @Test func anEvaluationOfNothingStopsBeforeTheFirstStep() throws {
            let data = try changed { try fill("\($0)/camera/gtFine/val/toytown", with: 255) }
            let evaluation = "evaluation.dataset={kind: toytown, domain: camera, root: \(data.path), split: val}"
            let run = TinyRun(evaluation)
            let job = try run.train(data: data.path)
            let words = "like all 2 labels of toytown/camera/val it has no labelled pixel"
            #expect(job.status != 0 && job.standardError.contains(words), "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: run.path("log.jsonl")))
        }

        @Test func theSameImagesAsSourceAndTargetAreSaid() throws {
            let data = try changed { _ in }
            let job = try TinyRun("training.steps=5", "data.target.domain=render").train(data: data.path)
            let words = "data.target has the same images as data.source: there is no other domain to adapt to"
            #expect(job.status == 0 && job.standardError.contains("note: \(words)"), "\(job.output)")
            let check = try causeway("check-data", data, ["--set", "data.target.domain=render"])
            #expect(check.standardOutput.contains("note: \(words)"), "\(check.output)")
        }

        /// Once, by rank 0.
        @Test func filesThatArePassedOverAreSaidAndNoImageIsLost() throws {
            let data = try changed { root in
                let folder = "\(root)/\(Self.images)"
                for (index, ending) in ["JPG", "jpeg", "Png", "PNG"].enumerated() {
                    let stem = "\(folder)/toytown_00000\(index)_leftImg8bit"
                    try FileManager.default.moveItem(atPath: "\(stem).png", toPath: "\(stem).\(ending)")
                }
                for name in [".DS_Store", "._toytown_000000_leftImg8bit.png", "toytown_9_leftImg8bit.bmp"] {
                    try Data("scrap".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
                }
            }
            let job = try TinyRun(ranks: 2, "training.steps=5").train(data: data.path)
            let words =
                "toytown/camera/train: 3 files are passed over: 1 not ending in .png, .jpg or .jpeg, such as "
                + "\(data.path)/\(Self.images)/toytown_9_leftImg8bit.bmp; 2 hidden, such as"
            #expect(job.status == 0 && job.standardError.components(separatedBy: words).count == 2, "\(job.output)")
            let check = try causeway("check-data", data)
            #expect(check.status == 0 && check.standardOutput.contains("note: \(words)"), "\(check.output)")
            let row = check.standardOutput.split(separator: "\n").first { $0.contains("data.target") }
            #expect(row?.split(separator: " ").contains("8") == true, "\(check.output)")
        }

        /// Two sequences whose frames have the same names.
        @Test func framesOfOneNameAreCountedApart() throws {
            let data = try changed { root in
                for (tree, ending) in [("leftImg8bit", "_leftImg8bit.png"), ("gtFine", "_gtFine_labelIds.png")] {
                    let old = "\(root)/render/\(tree)/train/toytown"
                    for index in 0..<8 {
                        let folder = "\(root)/render/\(tree)/train/seq\(index)"
                        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                        try FileManager.default.moveItem(
                            atPath: "\(old)/toytown_00000\(index)\(ending)", toPath: "\(folder)/frame_0\(ending)")
                    }
                    try FileManager.default.removeItem(atPath: old)
                }
                for name in try names(in: "\(root)/render") where name.hasSuffix(".json") {
                    try FileManager.default.removeItem(atPath: "\(root)/render/\(name)")
                }
            }
            let expected = try Job.run(
                "causeway", ["statistics", "--config", Self.setting, "--json"], ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
            for _ in 0..<2 {
                let job = try causeway("statistics", data, ["--json"])
                #expect(job.status == 0 && job.standardOutput == expected.standardOutput, "\(job.output)")
            }
        }

        /// A folder in the place of the file cannot be written to, whoever runs the tests.
        @Test func dataThatCannotBeWrittenToIsTrainedOn() throws {
            let data = try changed { root in
                let file =
                    "\(root)/render/class_counts_cityscapes19-\(LabelSpace.cityscapes19.classFingerprint).json"
                if FileManager.default.fileExists(atPath: file) { try FileManager.default.removeItem(atPath: file) }
                try FileManager.default.createDirectory(atPath: "\(file)/x", withIntermediateDirectories: true)
            }
            let cache = TemporaryFolder()
            let out = TemporaryFolder()
            for (home, words) in [
                (cache.path, "cannot be written; counts of classes are kept in \(cache.path)/causeway/render-"),
                ("/proc/nowhere", "cannot be written, so classes are counted in every run"),
            ] {
                let job = try causeway(
                    "train", data, ["--set", "training.steps=5", "--out", "\(out.path)/\(home.hashValue)"], ranks: 2,
                    settings: ["XDG_CACHE_HOME": home])
                #expect(job.status == 0, "\(job.output)")
                #expect(job.standardError.components(separatedBy: words).count == 2, "\(job.output)")
            }
            #expect(try names(in: "\(cache.path)/causeway").count == 1)
        }
    }
}
