import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

private typealias Members = [String: Any]

@Suite struct CityscapesInstanceScorerTests {
    @Test func scoresAreThoseOfCityscapesScripts() throws {
        for (number, example) in try ObjectFixture.cases("cityscapes").enumerated() {
            guard let expected = example["expected"] as? Members else { continue }
            let folder = TemporaryFolder()
            for image in try #require(example["images"] as? [Members]) { try Self.write(image, folder) }
            let scorer = try CityscapesInstanceScorer(
                labels: folder.file("labels"), predictions: folder.file("predictions"), space: .cityscapes19)
            var merged = ImageList<[InstanceMatches]>()
            for rank in 0..<2 { merged.merge(try scorer.matches(share: ImageShare(rank: rank, count: 2))) }
            let precisions = scorer.precisions(merged)
            let means = InstancePrecision.means(of: precisions)
            let classes = zip(scorer.classNames, precisions).map { name, precision in
                (name, ["AP": precision.average ?? NSNull(), "AP50": precision.atHalf ?? NSNull()] as Members)
            }
            ObjectFixture.expect(
                [
                    "AP": means.average ?? NSNull(), "AP50": means.atHalf ?? NSNull(),
                    "classes": Dictionary(uniqueKeysWithValues: classes),
                ], equals: expected, "case \(number)")
        }
    }

    private static func write(_ image: Members, _ folder: TemporaryFolder) throws {
        let name = try #require(image["name"] as? String)
        let ids = try ObjectFixture.map(try #require(image["ids"]))
        try ImageCodec.writePNG(
            InstanceMap(height: ids.height, width: ids.width, channels: 1, pixels: ids.pixels.map { UInt16($0) }),
            to: folder.made("labels/ulm/\(name)_gtFine_instanceIds.png"))
        var text = ""
        for (place, line) in try #require(image["predictions"] as? [[Any]]).enumerated() {
            let mask = try ObjectFixture.map(line[0])
            let path = "masks/\(name)_\(place).png"
            try ImageCodec.writePNG(
                LabelMap(
                    height: mask.height, width: mask.width, channels: 1, pixels: mask.pixels.map { UInt8($0) * 255 }),
                to: folder.made("predictions/\(path)"))
            text += "\(path) \(line[1]) \(line[2])\n"
        }
        folder.makeFolder("predictions")
        folder.write(text, to: "predictions/\(name)_pred.txt")
    }

    /// An image of one person on a road, and a text file.
    private func error(_ text: String, mask: [UInt8] = [0, 1, 1, 0], ids: [UInt16] = [7, 24_000, 24_000, 7]) throws -> (
        TemporaryFolder, EvaluationError?
    ) {
        let folder = TemporaryFolder()
        try ImageCodec.writePNG(
            InstanceMap(height: 1, width: ids.count, channels: 1, pixels: ids),
            to: folder.made("labels/ulm_000000_000019_gtFine_instanceIds.png"))
        try folder.labels("out/masks/a.png", mask)
        try folder.labels("other/b.png", mask)
        folder.write(text, to: "out/ulm_000000_000019.txt")
        let error = evaluationError {
            _ = try CityscapesInstanceScorer(
                labels: folder.file("labels"), predictions: folder.file("out"), space: .cityscapes19
            ).matches()
        }
        return (folder, error)
    }

    @Test func linesThatAreNoInstancesAreNamed() throws {
        let wrong: [(String, EvaluationError.Code, String)] = [
            (
                "masks/a.png 24 nan", .invalidScore,
                "line 1: the score is nan, which has no place in an order; it needs a number"
            ),
            (
                "\nmasks/a.png 24", .malformed,
                "line 2: has 2 fields; it needs mask file, label id and score, with one blank"
            ),
            ("masks/a.png person 1", .malformed, "line 1: the label id is person; it needs a whole number"),
            ("masks/a.png 11 0.5\nmasks/../masks/a.png 24 1", .duplicateName, "line 2: has the mask of "),
            ("masks/a.png 99 1", .unknownLabel, "line 1 of the class 99, which cityscapes19"),
            ("../other/b.png 24 1", .malformed, "line 1: the mask ../other/b.png is not below "),
            ("/etc/passwd 24 1", .malformed, "line 1: the mask /etc/passwd is not below "),
            ("masks/b.png 24 1", .unreadable, "masks/b.png: cannot be read as the mask of an instance"),
        ]
        for (text, code, reason) in wrong {
            let (_, error) = try error(text)
            #expect(error?.code == code && error?.message.contains(reason) == true, "\(error?.message ?? "none")")
        }
        #expect(try error("masks/a.png 24 1\n").1 == nil)
        // An instance of a class that is not countable is passed over, as in cityscapesScripts.
        #expect(try error("masks/a.png 7 1\n\n").1 == nil)
        #expect(try error("").1 == nil)
    }

    @Test func masksAndMapsThatDoNotFitAreNamed() throws {
        var (folder, error) = try error("masks/a.png 24 1", mask: [1, 1])
        #expect(error?.code == .sizeMismatch)
        #expect(
            error?.message == "\(folder.path)/out/masks/a.png: is 2x1, but "
                + "\(folder.path)/labels/ulm_000000_000019_gtFine_instanceIds.png is 4x1; write masks at the size of "
                + "the labels")
        (folder, error) = try self.error("masks/a.png 24 1", ids: [7, 55_000, 7, 7])
        #expect(error?.code == .unknownLabel && error?.message.contains("holds the id 55000 of the class 55") == true)
    }

    @Test func imagesThatAreMissingOrDoubleAreNamed() throws {
        let (folder, _) = try self.error("")
        func failure(_ labels: String = "labels", _ predictions: String = "out") -> EvaluationError? {
            evaluationError {
                _ = try CityscapesInstanceScorer(
                    labels: folder.file(labels), predictions: folder.file(predictions), space: .cityscapes19)
            }
        }
        #expect(failure("out")?.code == .emptyFolder)
        #expect(
            failure("labels", "other")?.message
                == "\(folder.path)/other: holds no text file; write one an image, each line "
                + "with mask file, label id and score")
        folder.write("", to: "out/ulm_000000_000019_second.txt")
        #expect(failure()?.code == .duplicateName)
        folder.makeFolder("other")
        folder.write("", to: "other/ulm_000000_0000190.txt")
        #expect(failure("labels", "other")?.code == .missingPrediction)
    }
}

@Suite struct COCOInstanceScorerTests {
    @Test func scoresAreThoseOfPycocotools() throws {
        for (number, example) in try ObjectFixture.cases("coco").enumerated() {
            guard let expected = example["expected"] as? Members else { continue }
            let folder = TemporaryFolder()
            let labels = try folder.json(try #require(example["labels"]), to: "labels.json")
            let results = try folder.json(try #require(example["results"]), to: "results.json")
            let scorer = try COCOInstanceScorer(labels: labels, predictions: results)
            var merged = ImageList<[COCOMatches]>()
            for rank in 0..<2 { merged.merge(scorer.matches(share: ImageShare(rank: rank, count: 2))) }
            let precisions = scorer.precisions(merged)
            let classes = zip(scorer.categoryNames, precisions).map { name, precision in
                (
                    name,
                    ["AP": precision.average() ?? NSNull(), "AP50": precision.average(at: 0.5) ?? NSNull()] as Members
                )
            }
            ObjectFixture.expect(
                [
                    "AP": COCOPrecision.average(of: precisions) ?? NSNull(),
                    "AP50": COCOPrecision.average(of: precisions, at: 0.5) ?? NSNull(),
                    "AP75": COCOPrecision.average(of: precisions, at: 0.75) ?? NSNull(),
                    "APs": COCOPrecision.average(of: precisions, .small) ?? NSNull(),
                    "APm": COCOPrecision.average(of: precisions, .medium) ?? NSNull(),
                    "APl": COCOPrecision.average(of: precisions, .large) ?? NSNull(),
                    "classes": Dictionary(uniqueKeysWithValues: classes),
                ], equals: expected, "case \(number)")
        }
    }

    private static var labels: Members {
        [
            "images": [["id": 1, "height": 4, "width": 3]], "categories": [["id": 1, "name": "person"]],
            "annotations": [
                [
                    "id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 4,
                    "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]],
                ]
            ],
        ]
    }
    private static var result: Members {
        [
            "image_id": 1, "category_id": 1, "score": 0.5,
            "segmentation": ["size": [4, 3], "counts": [0, 2, 2, 2, 6]],
        ]
    }

    private func scorer(_ changes: Members, _ results: String? = nil) throws -> (COCOInstanceScorer?, EvaluationError?)
    {
        let folder = TemporaryFolder()
        let labels = try folder.json(Self.labels, to: "gt.json")
        var path = folder.file("out.json")
        if let results {
            path = folder.write(results, to: "out.json")
        } else {
            try folder.json([Self.result.merging(changes) { $1 }], to: "out.json")
        }
        var scorer: COCOInstanceScorer?
        let error = evaluationError { scorer = try COCOInstanceScorer(labels: labels, predictions: path) }
        return (scorer, error)
    }

    @Test func noResultsAreNothingFound() throws {
        let (none, error) = try scorer([:], "[]")
        #expect(error == nil)
        #expect(none.map { COCOPrecision.average(of: $0.precisions($0.matches())) } == 0)
        let (one, _) = try scorer([:])
        // As pycocotools, which keeps a division by zero away by adding a little to it.
        let average = one.flatMap { COCOPrecision.average(of: $0.precisions($0.matches())) }
        #expect(abs((average ?? 0) - 100) < 1e-11)
    }

    @Test func resultsThatCannotBeAreNamed() throws {
        let wrong: [(Members, EvaluationError.Code, String)] = [
            (["image_id": 2], .extraPrediction, "result 1: is of the image 2, which the labels' `images` do not have"),
            (["score": NSNull()], .invalidScore, "result 1: its score is null, which has no place in an order"),
            (
                ["segmentation": ["size": [3, 4], "counts": [12]]], .malformed,
                "its size is 4x3, its image is 3x4 (`size` is height, then width)"
            ),
            (["segmentation": ["size": [4, 3], "counts": [5, 5]]], .malformed, "the run lengths make 10 pixels"),
            (["segmentation": ["size": [4, 3], "counts": "##"]], .malformed, "the run lengths hold the character #"),
            (["segmentation": ["counts": [12]]], .malformed, "run lengths need `size`, height and width, and `counts`"),
            (
                ["segmentation": [[1, 2]]], .malformed,
                "a polygon has 2 numbers; give x and y of at least three corners"
            ),
            (["segmentation": [1, 2, 3]], .malformed, "a polygon has 0 numbers"),
            (["category_id": "person"], .malformed, "its `category_id` is \"person\"; it needs a whole number"),
        ]
        for (changes, code, text) in wrong {
            let (_, error) = try scorer(changes)
            #expect(error?.code == code && error?.message.contains(text) == true, "\(error?.message ?? "none")")
        }
    }

    @Test func aScoreThatIsNoNumberIsNamed() throws {
        // As Python writes it.
        let (_, error) = try scorer(
            [:],
            """
            [{"image_id": 1, "category_id": 1, "score": NaN, "segmentation": [[0, 0, 2, 0, 2, 2]]}]
            """)
        #expect(error?.code == .invalidScore)
        #expect(
            error?.message.contains(
                "result 1: its score is nan, which has no place in an order; it needs a "
                    + "number") == true)
    }

    @Test func whatIsPassedOverIsTold() throws {
        let (scorer, _) = try scorer(["category_id": 9])
        #expect(scorer?.notices.count == 1)
        #expect(scorer?.notices.first?.contains("1 of 1 objects are of categories that ") == true)
    }
}

/// Frames of KITTI-360, whose pixels count as much as their labels are sure.
@Suite struct KITTI360InstanceScorerTests {
    @Test func scoresAreThoseOfKITTI360Scripts() throws {
        for (number, example) in try ObjectFixture.cases("kitti360").enumerated() {
            guard let expected = example["expected"] as? Members else { continue }
            let folder = TemporaryFolder()
            let images = try #require(example["images"] as? [Members])
            let list = try Self.write(images, folder)
            let scorer = try CityscapesInstanceScorer(
                kitti360: list, predictions: folder.file("predictions"), space: .cityscapes19, usesConfidence: true)
            #expect(scorer.isWeighted && scorer.imageNames == images.map { $0["name"] as? String ?? "" })
            var merged = ImageList<[InstanceMatches]>()
            for rank in 0..<2 { merged.merge(try scorer.matches(share: ImageShare(rank: rank, count: 2))) }
            let precisions = scorer.precisions(merged)
            let means = InstancePrecision.means(of: precisions)
            let classes = zip(scorer.classNames, precisions).map { name, precision in
                (name, ["AP": precision.average ?? NSNull(), "AP50": precision.atHalf ?? NSNull()] as Members)
            }
            ObjectFixture.expect(
                [
                    "AP": means.average ?? NSNull(), "AP50": means.atHalf ?? NSNull(),
                    "classes": Dictionary(uniqueKeysWithValues: classes),
                ], equals: expected, "case \(number)")
        }
    }

    /// - Returns: the list of frames.
    private static func write(_ images: [Members], _ folder: TemporaryFolder) throws -> String {
        var list = ""
        for image in images {
            let name = try #require(image["name"] as? String)
            let parts = name.split(separator: "_")
            let place = "2013_05_28_drive_\(parts[0])_sync/image_00"
            for kind in ["instance", "confidence"] {
                let map = try ObjectFixture.map(try #require(image[kind == "instance" ? "ids" : kind]))
                try ImageCodec.writePNG(
                    InstanceMap(
                        height: map.height, width: map.width, channels: 1, pixels: map.pixels.map { UInt16($0) }),
                    to: folder.made("data_2d_semantics/train/\(place)/\(kind)/\(parts[1]).png"))
            }
            list +=
                "data_2d_raw/\(place)/data_rect/\(parts[1]).png data_2d_semantics/train/\(place)/semantic/\(parts[1]).png\n"
            try writePredictions(image, name, folder)
        }
        return folder.write(list, to: "data_2d_semantics/train/2013_05_28_drive_val_frames.txt")
    }

    private static func writePredictions(_ image: Members, _ name: String, _ folder: TemporaryFolder) throws {
        var text = ""
        for (place, line) in try #require(image["predictions"] as? [[Any]]).enumerated() {
            let mask = try ObjectFixture.map(line[0])
            let path = "masks/\(name)_\(place).png"
            try ImageCodec.writePNG(
                LabelMap(
                    height: mask.height, width: mask.width, channels: 1, pixels: mask.pixels.map { UInt8($0) * 255 }),
                to: folder.made("predictions/\(path)"))
            text += "\(path) \(line[1]) \(line[2])\n"
        }
        folder.makeFolder("predictions")
        folder.write(text, to: "predictions/\(name)_pred.txt")
    }

    /// Two cars: one whose half is unsure is found by a prediction of the other half, where confidence counts.
    @Test func confidenceDecidesWhatIsFoundAndEveryFrameNeedsAFile() throws {
        let folder = TemporaryFolder()
        let place = "2013_05_28_drive_0003_sync/image_00"
        let maps = "data_2d_semantics/train/\(place)"
        folder.makeFolder("data_2d_semantics/train")
        let list = folder.write(
            "data_2d_raw/\(place)/data_rect/0000000007.png \(maps)/semantic/0000000007.png\n",
            to: "data_2d_semantics/train/2013_05_28_drive_val_frames.txt")
        try ImageCodec.writePNG(
            InstanceMap(height: 20, width: 20, channels: 1, filledWith: 26001),
            to: folder.made("\(maps)/instance/0000000007.png"))
        var confidence = InstanceMap(height: 20, width: 20, channels: 1, filledWith: 65535)
        for index in 0..<280 { confidence.pixels[index] = 0 }
        try ImageCodec.writePNG(confidence, to: folder.made("\(maps)/confidence/0000000007.png"))
        var mask = LabelMap(height: 20, width: 20, channels: 1, filledWith: 0)
        for index in 280..<400 { mask.pixels[index] = 255 }
        try ImageCodec.writePNG(mask, to: folder.made("out/masks/a.png"))
        func scores(_ usesConfidence: Bool) throws -> Double? {
            let scorer = try CityscapesInstanceScorer(
                kitti360: list, predictions: folder.file("out"), space: .cityscapes19, usesConfidence: usesConfidence)
            return InstancePrecision.means(of: scorer.precisions(try scorer.matches())).atHalf
        }
        // As `predict` names files of a folder of drives.
        folder.makeFolder("out/\(place)/data_rect")
        folder.write("../../../masks/a.png 26 0.8\n", to: "out/\(place)/data_rect/0000000007.txt")
        #expect(try scores(true) == 100 && scores(false) == 0)
        folder.write("masks/a.png 26 0.8\n", to: "out/0003_0000000007.txt")
        #expect(
            evaluationError { _ = try scores(true) }?.message.contains("are both of the frame 0003_0000000007") == true)
        try FileManager.default.removeItem(atPath: folder.file("out/\(place)"))
        #expect(try scores(true) == 100)
        try FileManager.default.removeItem(atPath: folder.file("out/0003_0000000007.txt"))
        folder.write("", to: "out/other.txt")
        #expect(
            evaluationError { _ = try scores(true) }?.message.contains(
                "instance/0000000007.png: no file 0003_0000000007*.txt under \(folder.file("out"))") == true)
    }
}
