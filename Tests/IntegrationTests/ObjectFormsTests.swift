import Foundation
import ImageIO
import Testing
import _TestSupport

extension IntegrationTests {
    /// Labels and predictions of objects in the forms that other programs read.
    @Suite struct ObjectFormsTests {
        private static let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny-panoptic.yaml")

        private func causeway(_ arguments: [String], ranks: Int? = nil) throws -> Job {
            try Job.run("causeway", arguments, ranks: ranks, settings: ["TOYTOWN": TinyToytown.path])
        }

        private func makeLabels(_ folder: String, ranks: Int? = nil) throws {
            let job = try causeway(
                ["make-labels", "--config", Self.setting, "--of", "data.source", "--out", folder], ranks: ranks)
            #expect(job.status == 0 && job.standardOutput == "\(folder): labels of 8 images\n", "\(job.output)")
        }

        private func score(_ arguments: [String], _ key: String) throws -> (value: Double?, notes: String) {
            let job = try causeway(["score"] + arguments + ["--json"])
            #expect(job.status == 0, "\(job.output)")
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(job.standardOutput.utf8)) as? [String: Any])
            let value = document[key] as? Double ?? (document[key] as? [String: Any])?["pq"] as? Double
            return (value, job.standardError)
        }

        @Test func labelsOfAnyDataSetAreScoredAsThemselves() throws {
            let folder = TemporaryFolder()
            let (one, two) = (folder.file("one"), folder.file("two"))
            try makeLabels(one)
            try makeLabels(two, ranks: 2)
            for name in ["panoptic.json", "instances.json"] {
                let files = try [one, two].map { try Data(contentsOf: URL(filePath: "\($0)/\(name)")) }
                #expect(files[0] == files[1])
            }
            let quality = try score(
                ["panoptic", "--labels", "\(one)/panoptic.json", "--predictions", "\(two)/panoptic.json"], "all")
            #expect(quality.value == 100 && quality.notes.contains("the names of their files agree"), "\(quality)")

            // The labels as results, under the numbers of another program.
            let labels = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: "\(one)/instances.json")))
                    as? [String: [[String: Any]]])
            let images = try #require(labels["images"])
            let names = Dictionary(
                uniqueKeysWithValues: images.enumerated().map {
                    ("\($1["id"] ?? "")", ($0, $1["file_name"] as? String ?? ""))
                })
            let results = try #require(labels["annotations"]).filter { $0["iscrowd"] as? Int == 0 }.map { object in
                let (number, name) = names["\(object["image_id"] ?? "")"] ?? (-1, "")
                return [
                    "image_id": number, "file_name": name, "category_id": object["category_id"] ?? 0,
                    "segmentation": object["segmentation"] ?? [:], "score": 0.5,
                ]
            }
            #expect(results.count > 8)
            try JSONSerialization.data(withJSONObject: results).write(to: URL(filePath: "\(one)/results.json"))
            let precision = try score(
                [
                    "instance", "--protocol", "coco", "--labels", "\(one)/instances.json", "--predictions",
                    "\(one)/results.json",
                ], "AP")
            #expect(abs((precision.value ?? 0) - 100) < 1e-9, "\(precision)")
            #expect(precision.notes.contains("no image_id is one of"), "\(precision)")
        }

        @Test func predictionsAreScoredInCOCOsForms() throws {
            let folder = TemporaryFolder()
            let (run, out, labels) = (TinyRun(setting: .tinyPanoptic), folder.file("out"), folder.file("labels"))
            try run.finish()
            try makeLabels(labels)
            let images = "\(TinyToytown.path)/render/leftImg8bit/train"
            for ranks in [nil, 2] {
                let job = try causeway(["predict", run.outputFolder, "--images", images, "--out", out], ranks: ranks)
                #expect(job.status == 0, "\(job.output)")
                let quality = try score(
                    ["panoptic", "--labels", "\(labels)/panoptic.json", "--predictions", "\(out)/panoptic.json"], "all")
                #expect(quality.value != nil && quality.notes.contains("the names of their files agree"))
                let coco = try score(
                    [
                        "instance", "--protocol", "coco", "--labels", "\(labels)/instances.json", "--predictions",
                        "\(out)/instances.json",
                    ], "AP")
                #expect(coco.value != nil, "\(coco)")
            }
        }

        /// A source of which nothing can be learnt ends before the first step, as check-data says.
        @Test(arguments: [nil, 2] as [Int?]) func groupsAloneAreRefusedBeforeTheFirstStep(ranks: Int?) throws {
            let data = TemporaryFolder()
            for domain in ["render", "camera"] {
                try FileManager.default.copyItem(atPath: "\(TinyToytown.path)/\(domain)", toPath: data.file(domain))
            }
            let maps = data.file("render/gtFine/train/toytown")
            for name in try FileManager.default.contentsOfDirectory(atPath: maps)
            where name.hasSuffix("_instanceIds.png") {
                var map = try ImageCodec.readInstances("\(maps)/\(name)")
                for place in map.pixels.indices where map.pixels[place] >= 1000 { map.pixels[place] /= 1000 }
                try ImageCodec.writePNG(map, to: "\(maps)/\(name)")
            }
            let run = TinyRun(setting: .tinyPanoptic, ranks: ranks)
            let job = try run.train(data: data.path)
            #expect(job.status != 0)
            let lack = "like those of all 8 images of toytown/render/train it has no object that can be used, only "
            #expect(job.output.contains(lack), "\(job.output)")
            #expect(
                job.output.contains("that are groups not told apart; a network that finds objects would learn none"))
            #expect(!FileManager.default.fileExists(atPath: run.path("log.jsonl")))
            let check = try Job.run(
                "causeway", ["check-data", "--config", Self.setting], ranks: nil, settings: ["TOYTOWN": data.path])
            #expect(check.status != 0)
            #expect(check.output.contains("no image has an object that can be used, only "), "\(check.output)")
        }

        /// Runs with other lists of measures and classes are compared by what all have.
        @Test func runsAreComparedByTheMeasuresAndClassesTheyShare() throws {
            let set = "evaluation.dataset={kind: toytown, domain: camera, split: val, root: \(TinyToytown.path)}"
            let runs = ["[panoptic, instance, semantic-iou]", "[panoptic, semantic-iou-without-crowds, instance]"].map {
                TinyRun(setting: .tinyPanoptic, "training.steps=7", set, "evaluation.measures=\($0)")
            }
            for run in runs { try run.finish() }
            let job = try causeway(["evaluate"] + runs.map(\.outputFolder))
            #expect(job.status == 0, "\(job.output)")
            #expect(
                job.standardError.contains(
                    "the runs differ in what is scored; they are compared by the measures that all have, panoptic, instance\n"
                ),
                "\(job.output)")
            let classes = try causeway(
                ["evaluate"] + runs.map(\.outputFolder) + ["--set", "evaluation.measures=[panoptic]"])
            #expect(classes.status == 0 && !classes.standardError.contains("differ in what is scored"))
        }

        @Test func wrongInputIsNamed() throws {
            let folder = TemporaryFolder()
            let job = try causeway(
                [
                    "make-labels", "--config", Self.setting, "--set", "evaluation.dataset=null", "--out",
                    folder.file("out"),
                ])
            #expect(job.status == 1)
            #expect(
                job.standardError.contains("--of evaluation.dataset: the setting has no such data set"), "\(job.output)"
            )
        }
    }
}
