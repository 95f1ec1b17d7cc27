import Foundation
import ImageIO
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// What is wrong is named with its file or key and with what to do about it, before anything is lost.
    @Suite struct BadInputTests {
        private static let image = "render/leftImg8bit/train/toytown/toytown_000003_leftImg8bit.png"
        private static let label = "render/gtFine/train/toytown/toytown_000003_gtFine_labelIds.png"

        /// A copy of the data set, with a change.
        private func damaged(_ change: (String) throws -> Void) throws -> TemporaryFolder {
            let folder = TemporaryFolder()
            for name in ["render", "camera"] {
                try FileManager.default.copyItem(
                    atPath: "\(TinyToytown.path)/\(name)", toPath: folder.file(name))
            }
            try change(folder.path)
            return folder
        }

        /// What a run that must fail says.
        private func failure(of run: TinyRun, data: String = TinyToytown.path) throws -> String {
            let job = try run.train(data: data)
            #expect(job.status != 0, "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: "\(run.outputFolder)/weights.safetensors"))
            return job.standardError
        }

        private func truncate(_ path: String, to count: Int = 60) throws {
            try Data(contentsOf: URL(fileURLWithPath: path)).prefix(count).write(to: URL(fileURLWithPath: path))
        }

        @Test(arguments: [
            ("trainng.steps=3", "trainng: unknown key; did you mean 'training'?"),
            ("training.steps=many", "training.steps: expected a whole number, got 'many'"),
            ("data.crop.height=96", "a crop of 96x64 (height x width) is larger than the resized images"),
            ("method.margins={kind: image}", "30 + 240 rows and 30 + 30 columns leave nothing of images of 128x64"),
            ("distribution.teachers=1", "start at least 2 ranks with mpirun, or use fewer teachers"),
            ("data.source.root=/nowhere", "/nowhere/render/leftImg8bit/train: no such folder"),
            ("model.weights=/nowhere/w.safetensors", "/nowhere/w.safetensors: cannot be opened"),
            ("method.textAlignment.embeddings=/nowhere/t.safetensors", "make it with `causeway text-embeddings"),
            ("method.pixelText.embeddings=/nowhere/t.safetensors", "--vectors pooled --tokens 20 --ignored-row"),
            ("method.maskedConsistency.ratio=2", "method.maskedConsistency.ratio: must be"),
        ]) func aWrongKeyIsNamedWithARemedy(change: String, message: String) throws {
            let text = try failure(of: TinyRun(change))
            #expect(text.contains(message), "\(text)")
        }

        @Test func aCropLargerThanTheImagesIsRefused() throws {
            let run = TinyRun("data.source.resize=null", "data.target.resize=null", "data.crop.height=96")
            let text = try failure(of: run)
            #expect(text.contains("data.crop: a crop of 96x64 (height x width) is larger than the images"), "\(text)")
        }

        /// Target images, or crops at one of the sizes that an image is shown at.
        @Test(arguments: [
            (
                ["data.source.resize=null", "data.source.augmentation={shortestEdges: [80, 48]}"],
                "data.source.augmentation.shortestEdges: images of 64x128, such as "
            ),
            (
                ["data.target.resize=null", "data.target.augmentation={shortestEdges: [80, 48]}"],
                "become 48x96 with the edge 48, and data.crop of 64x64 (height x width) is larger"
            ),
            (
                ["data.target.resize=null", "data.target.augmentation={shortestEdges: [64], longestEdge: 100}"],
                "remove the edge, raise longestEdge, or use a smaller crop"
            ),
        ]) func aSizeThatDoesNotHoldTheCropIsRefused(changes: [String], message: String) throws {
            let text = try failure(of: TinyRun(changes))
            #expect(text.contains(message), "\(text)")
        }

        @Test func imagesAndLabelsMustBePairs() throws {
            let noLabel = try damaged { try FileManager.default.removeItem(atPath: "\($0)/\(Self.label)") }
            let first = try failure(of: TinyRun(), data: noLabel.path)
            #expect(first.contains("\(noLabel.path)/\(Self.image): no label"), "\(first)")
            let noImage = try damaged { try FileManager.default.removeItem(atPath: "\($0)/\(Self.image)") }
            let second = try failure(of: TinyRun(), data: noImage.path)
            #expect(second.contains("\(noImage.path)/\(Self.label): no image of this name"), "\(second)")
        }

        /// On one process and on several, where all would wait for the one that failed.
        @Test(arguments: [nil, 3] as [Int?]) func aTruncatedImageStopsTheRunOrIsSkippedAndCounted(ranks: Int?) throws {
            let folder = try damaged { root in
                try truncate("\(root)/\(Self.image)")
                // Students and teacher read this one.
                try truncate("\(root)/camera/leftImg8bit/train/toytown/toytown_000005_leftImg8bit.png")
            }
            let text = try failure(of: TinyRun(ranks: ranks), data: folder.path)
            #expect(text.contains("\(folder.path)/"), "\(text)")
            #expect(text.contains(".png: the file ends early"), "\(text)")
            #expect(text.contains("data.onBadSample: skip"), "\(text)")

            let skipping = TinyRun(ranks: ranks, "data.onBadSample=skip", "training.steps=6")
            let job = try skipping.train(data: folder.path)
            #expect(job.status == 0, "\(job.output)")
            #expect(try skipping.steps().last?.badSamples == 2)
        }

        /// Class counts need every label before the first step.
        @Test func aTruncatedLabelStopsTheRunOrIsLeftOut() throws {
            let folder = try damaged { root in
                try truncate("\(root)/\(Self.label)")
                for name in try FileManager.default.contentsOfDirectory(atPath: "\(root)/render")
                where name.hasSuffix(".json") {
                    try FileManager.default.removeItem(atPath: "\(root)/render/\(name)")
                }
            }
            let text = try failure(of: TinyRun(), data: folder.path)
            #expect(text.contains("\(folder.path)/\(Self.label): the file ends early"), "\(text)")
            let skipping = TinyRun("data.onBadSample=skip", "training.steps=6")
            let job = try skipping.train(data: folder.path)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardError.contains("warning: 1 label files cannot be read"), "\(job.output)")
            #expect(job.standardError.contains("\(folder.path)/\(Self.label)"), "\(job.output)")
        }

        @Test func aLabelValueOutsideTheLabelSpaceIsNamed() throws {
            let folder = try damaged { root in
                let path = "\(root)/\(Self.label)"
                var map = try ImageCodec.readLabels(path)
                map.pixels[7] = 77
                try ImageCodec.writePNG(map, to: path)
            }
            let text = try failure(of: TinyRun("data.rareClassSampling=null"), data: folder.path)
            #expect(text.contains("\(folder.path)/\(Self.label): the id 77, in"), "\(text)")
        }

        @Test func weightsOfAnotherShapeAreRefused() throws {
            let small = TinyRun("method=source-only", "training.steps=5")
            try small.finish()
            let path = "\(small.outputFolder)/weights.safetensors"
            let text = try failure(of: TinyRun("model.encoder=mit-b1", "model.weights=\(path)"))
            #expect(text.contains("\(path): tensor 'backbone.patch_embed1.proj.weight'"), "\(text)")
            #expect(text.contains("has shape [32, 3, 7, 7], the network needs [64, 3, 7, 7]"), "\(text)")
        }

        /// A whole network with one value that is not a number: named before the first step, not after ten of them.
        @Test func weightsThatAreNotFiniteAreNamedByEveryCommand() throws {
            let small = TinyRun("method=source-only", "training.steps=5")
            try small.finish()
            let file = try SafeTensorsFile("\(small.outputFolder)/weights.safetensors")
            let path = "\(small.outputFolder)/damaged.safetensors"
            let name = "backbone.block2.0.mlp.fc1.weight"
            var items: [SafeTensorsItem] = []
            for entry in file.entries {
                var values = try file.floats(entry.name)
                if entry.name == name { values[7] = .nan }
                items.append(SafeTensorsItem(entry.name, shape: entry.shape, floats: values))
            }
            try SafeTensorsWriter.write(path, items, metadata: file.metadata)
            let message = "\(path): tensor '\(name)': has nan at element 7 of"
            for loads in ["encoder", "network"] {
                let text = try failure(of: TinyRun("model.weights=\(path)", "model.loads=\(loads)"))
                #expect(text.contains(message), "\(text)")
            }
            let setting = ["--config", "\(small.outputFolder)/resolved.yaml"]
            let output = "\(small.outputFolder)/x"
            for arguments in [
                ["evaluate", path] + setting, ["export", path, "--out", output] + setting,
                ["predict", path, "--images", "\(TinyToytown.path)/camera/leftImg8bit/val", "--out", output] + setting,
                ["forward", "--model", "mit-b0", "--weights", path, "--input", path, "--output", output],
            ] {
                let job = try Job.run(
                    "causeway", arguments, ranks: nil, settings: ["TOYTOWN": TinyToytown.path])
                #expect(job.status == 1 && job.standardError.contains(message), "\(arguments): \(job.output)")
            }
        }

        @Test func anOutputFolderThatCannotBeMadeIsNamed() throws {
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
            let job = try Job.run(
                "causeway", ["train", "--config", setting, "--out", "/proc/nowhere"], ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
            #expect(job.status != 0)
            #expect(job.standardError.contains("/proc/nowhere: cannot be made"), "\(job.output)")
            #expect(job.standardError.contains("--out"), "\(job.output)")
        }
    }
}
