import Foundation
import ImageIO
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// A process that gets no more memory ends with one sentence and status 1, whatever it was about to do.
    @Suite struct MemoryShortageTests {
        private let folder = TemporaryFolder()

        /// Runs a command with so many MiB of addresses.
        private func limited(_ megabytes: Int, _ arguments: [String]) throws -> Job {
            let words = arguments.map { "'\($0)'" }.joined(separator: " ")
            return try Job.runScript(
                "ulimit -v $((\(megabytes) * 1024)); exec causeway \(words)", settings: ["TOYTOWN": TinyToytown.path])
        }

        private func requireSentence(_ job: Job, _ remedy: String, _ comment: String) {
            #expect(job.status == 1, "\(comment): \(job.output)")
            let lines = job.standardError.split(separator: "\n").filter { $0.hasPrefix("error") }
            #expect(lines.count == 1, "\(comment): \(job.output)")
            #expect(
                lines.last?.contains("memory is exhausted: the system refused ") == true, "\(comment): \(job.output)")
            #expect(lines.last?.contains("that its limit (ulimit -v) allows") == true, "\(comment): \(job.output)")
            #expect(lines.last?.hasSuffix(remedy) == true, "\(comment): \(job.output)")
            for word in ["Fatal error", "Thread 0", "Crash"] {
                #expect(!job.output.contains(word), "\(comment): \(job.output)")
            }
        }

        /// Limits at which something is refused at quite different places: a batch, a file, a store.
        @Test func trainingNamesWhatToLower() throws {
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
            for (index, megabytes) in [420, 520, 700].enumerated() {
                let job = try limited(
                    megabytes,
                    [
                        "train", "--config", setting, "--out", folder.file("\(index)"), "--set",
                        "training.batch={kind: global, images: 400}",
                    ])
                requireSentence(job, "tells beforehand what a job needs", "\(megabytes) MiB")
            }
        }

        @Test func forwardNamesItsInput() throws {
            let run = TinyRun("method=source-only", "training.steps=5")
            try run.finish()
            let (weights, input) = (run.path("weights.safetensors"), folder.file("input.safetensors"))
            try SafeTensorsWriter.write(
                input,
                [SafeTensorsItem("pixels", shape: [1, 3, 2048, 2048], floats: [Float](repeating: 0, count: 3 << 22))])
            let job = try limited(
                600,
                ["forward", "--model", "mit-b0", "--weights", weights, "--input", input, "--output", folder.file("o")])
            requireSentence(
                job, "give fewer or smaller images in --input, or use a machine with more memory", "forward")
        }

        @Test func makingToytownNamesTheSize() throws {
            let job = try limited(
                600, ["make-toytown", "--out", folder.file("toy"), "--train", "1", "--val", "0", "--size", "8192x8192"])
            requireSentence(job, "make smaller scenes, --size, or use a machine with more memory", "make-toytown")
        }
    }

    /// Images of a few kilobytes that are large once they are decoded.
    @Suite struct LargeImagesTests {
        private let folder = TemporaryFolder()

        private func tool(_ arguments: [String]) throws -> Job {
            try Job.run("causeway", arguments, ranks: nil, settings: ["TOYTOWN": TinyToytown.path], limitSeconds: 300)
        }

        private func image(_ name: String, height: Int, width: Int) throws -> String {
            folder.makeFolder(name)
            let path = "\(folder.file(name))/x.png"
            try ImageCodec.writePNG(
                LabelMap(height: height, width: width, channels: 1, filledWith: 90), to: path, level: 9)
            return path
        }

        @Test func theyPassInPiecesOrAreRefusedByName() throws {
            let run = TinyRun("method=source-only", "training.steps=5")
            try run.finish()
            let path = try image("large", height: 1300, width: 1600)
            let predict = ["predict", run.outputFolder, "--images", path, "--out", folder.file("out")]
            let pieces = try tool(predict + ["--set", "evaluation.wholeMegapixels=1"])
            #expect(pieces.status == 0, "\(pieces.output)")
            #expect(
                pieces.standardError.contains(
                    "note: 1 image, such as \(path) with 1600x1300 pixels, passed in pieces, as larger than "
                        + "evaluation.wholeMegapixels"), "\(pieces.output)")
            #expect(try ImageCodec.header(ofFile: folder.file("out/labels/x.png")).width == 1600)
            // The limit of what is read at all.
            let refused = try tool(predict + ["--set", "data.largestImage=2"])
            #expect(refused.status == 1)
            #expect(
                refused.standardError.contains(
                    "\(path): is 1600x1300 pixels, more than the 2000000 that are read; use a smaller image, or set "
                        + "data.largestImage to 3 megapixels"), "\(refused.output)")
            // Memory is looked at before it is taken; what the estimate does not know ends in a sentence as well.
            let short = try Job.runScript(
                "ulimit -v 600000; exec causeway predict '\(run.outputFolder)' --images '\(path)' --out '\(folder.file("out"))'",
                settings: ["TOYTOWN": TinyToytown.path])
            #expect(short.status == 1)
            #expect(
                short.standardError.contains("\(path): its 1600x1300 pixels need about ")
                    || short.standardError.contains("it was at work on \(path); set evaluation.inference"),
                "\(short.output)")
        }
    }
}
