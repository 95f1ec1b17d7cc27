import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    @Suite struct ScoreObjectsCommandTests {
        private let folder = TemporaryFolder()

        private func score(_ arguments: [String], ranks: Int? = nil) throws -> Job {
            try Job.run("causeway", ["score"] + arguments, ranks: ranks)
        }

        /// One image of one object, found, in COCO's form; and a second image without any.
        private func instances(score: String = "0.9") -> [String] {
            let labels = folder.write(
                """
                {"images": [{"id": 1, "height": 4, "width": 4}, {"id": 2, "height": 4, "width": 4}],
                 "categories": [{"id": 3, "name": "car"}, {"id": 5, "name": "bus"}],
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "area": 4, "iscrowd": 0,
                                  "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]]}]}
                """, to: "gt.json")
            let results = folder.write(
                """
                [{"image_id": 1, "category_id": 3, "score": \(score),
                  "segmentation": {"size": [4, 4], "counts": [0, 2, 2, 2, 10]}}]
                """, to: "out.json")
            return ["instance", "--protocol", "coco", "--labels", labels, "--predictions", results]
        }

        @Test func instancesAreScoredAlikeByOneRankAndByTwo() throws {
            let alone = try score(instances() + ["--json"])
            #expect(alone.status == 0 && alone.standardError.isEmpty)
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(alone.standardOutput.utf8)) as? [String: Any])
            #expect(document["protocol"] as? String == "coco" && document["images"] as? Int == 2)
            for key in ["AP", "AP50", "AP75", "APs"] {
                #expect(abs(try #require(document[key] as? Double) - 100) < 1e-11, "\(key)")
            }
            #expect(document["APm"] is NSNull && document["APl"] is NSNull)
            let classes = try #require(document["classes"] as? [String: [String: Any]])
            #expect(classes["bus"]?["AP"] is NSNull && classes["car"]?["AP"] is Double)
            let together = try score(instances() + ["--json"], ranks: 2)
            #expect(together.status == 0 && together.standardOutput == alone.standardOutput)
            let table = try score(instances())
            #expect(table.standardOutput.contains("car    100.0  100.0  100.0  100.0    -    -\n"))
            #expect(table.standardOutput.hasSuffix("2 images\n"))
        }

        @Test func wrongInputEndsInOneLineAndAStatus() throws {
            let wrong = try score(instances(score: "NaN"))
            #expect(wrong.status == 1 && wrong.standardOutput.isEmpty)
            #expect(
                wrong.standardError == "error: \(folder.path)/out.json, result 1: its score is nan, which has no place "
                    + "in an order; it needs a number\n")
            let other = try score([
                "panoptic", "--labels", folder.file("gt.json"), "--predictions", folder.file("out.json"),
            ])
            #expect(other.status == 1)
            #expect(other.standardError.contains("gt.json: is a JSON of single instances"))
            let space = try score(instances() + ["--label-space", "cityscapes19"])
            #expect(space.status != 0 && space.standardError.contains("--label-space is not for --protocol coco"))
        }
    }
}
