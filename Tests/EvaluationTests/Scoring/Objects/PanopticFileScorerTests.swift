import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

private typealias Members = [String: Any]

@Suite struct PanopticFileScorerTests {
    @Test func scoresAreThoseOfPanopticapi() throws {
        for (number, example) in try ObjectFixture.cases("panoptic").enumerated() {
            let folder = TemporaryFolder()
            let maps = try #require(example["maps"] as? [String: Members])
            for part in ["labels", "predictions"] {
                try folder.json(try #require(example[part]), to: "\(part).json")
                folder.makeFolder(part)
                for (name, map) in maps[part] ?? [:] {
                    try folder.segments(try ObjectFixture.map(map), to: "\(part)/\(name)")
                }
            }
            let scorer = try PanopticFileScorer(
                labels: folder.file("labels.json"), predictions: folder.file("predictions.json"))
            // In three shares, as three ranks would.
            var merged = ImageList<PanopticMatches>()
            for rank in 0..<3 { merged.merge(try scorer.matches(share: ImageShare(rank: rank, count: 3))) }
            #expect(merged == (try scorer.matches()))
            let found = Self.document(scorer, scorer.quality(merged))
            ObjectFixture.expect(
                found, equals: try #require(example["expected"] as? Members), "case \(number)")
        }
    }

    private static func document(_ scorer: PanopticFileScorer, _ quality: PanopticQuality) -> Members {
        func members(_ score: PanopticQuality.Score?) -> Members {
            ["pq": score?.pq ?? NSNull(), "sq": score?.sq ?? NSNull(), "rq": score?.rq ?? NSNull()]
        }
        var found: Members = [:]
        for (name, isChosen) in [("all", { _ in true }), ("things", { $0 }), ("stuff", { !$0 })]
            as [(String, (Bool) -> Bool)]
        {
            let places = scorer.categories.indices.filter { isChosen(scorer.categories[$0].isThing) }
            let (score, count) = quality.mean(over: places)
            found[name] = members(score).merging(["n": Double(count)]) { $1 }
        }
        found["classes"] = Dictionary(
            uniqueKeysWithValues: scorer.categories.enumerated().map { ($1.name, members(quality[$0] ?? .zero)) })
        return found
    }

    // MARK: - Bad input

    /// One image of two segments, in labels and predictions.
    private struct Pair {
        let folder = TemporaryFolder()
        var labels: Members = [
            "categories": [
                ["id": 7, "name": "road", "isthing": 0], ["id": 24, "name": "person", "isthing": 1],
            ],
            "annotations": [Pair.image],
        ]
        var predictions: Members = ["annotations": [Pair.image]]
        var labelIDs: [UInt32] = [7, 7, 300, 0]
        var predictedIDs: [UInt32] = [7, 7, 300, 0]
        var predictedWidth = 4

        static var image: Members {
            [
                "image_id": "a", "file_name": "a.png",
                "segments_info": [
                    ["id": 7, "category_id": 7, "area": 2, "iscrowd": 0],
                    ["id": 300, "category_id": 24, "area": 1, "iscrowd": 0],
                ],
            ]
        }

        static func image(_ changes: Members) -> Members { image.merging(changes) { $1 } }

        func error() throws -> EvaluationError? {
            try folder.json(labels, to: "gt.json")
            try folder.json(predictions, to: "out.json")
            try folder.segments(PixelImage(height: 1, width: 4, channels: 1, pixels: labelIDs), to: "gt/a.png")
            try folder.segments(
                PixelImage(height: 4 / predictedWidth, width: predictedWidth, channels: 1, pixels: predictedIDs),
                to: "out/a.png")
            return evaluationError {
                _ = try PanopticFileScorer(labels: folder.file("gt.json"), predictions: folder.file("out.json"))
                    .matches()
            }
        }
    }

    @Test func aFaultlessPairIsScored() throws {
        #expect(try Pair().error() == nil)
    }

    @Test func pngAndJSONThatDisagreeAreNamed() throws {
        var pair = Pair()
        pair.predictedIDs = [7, 7, 7, 0]
        var error = try pair.error()
        #expect(error?.code == .inconsistent)
        #expect(
            error?.message == "\(pair.folder.path)/out.json: segment 300 of the image a has no pixel in "
                + "\(pair.folder.path)/out/a.png; leave it out of segments_info, or write its pixels")
        pair.predictedIDs = [7, 8, 300, 0]
        error = try pair.error()
        #expect(error?.code == .inconsistent)
        #expect(error?.message.hasPrefix("\(pair.folder.path)/out/a.png: has 1 pixels of the id 8, which ") == true)
        pair.predictedIDs = pair.labelIDs
        pair.labelIDs = [7, 300, 300, 0]
        error = try pair.error()
        #expect(error?.code == .inconsistent)
        #expect(error?.message.contains("segment 7 of the image a has the area 2, but 1 pixels in ") == true)
    }

    @Test func segmentsThatCannotBeAreNamed() throws {
        let wrong: [(Members, EvaluationError.Code, String)] = [
            (
                ["id": 7, "category_id": 7, "area": 0], .inconsistent,
                "segment 7 of the image a has the area 0, but 2 pixels in "
            ),
            (["id": 7, "category_id": 9, "area": 2], .unknownLabel, "has the category 9, which the labels' "),
            (
                ["id": 1 << 24, "category_id": 7], .malformed,
                "the segment 16777216 has a number that no pixel can have"
            ),
            (["id": "7", "category_id": 7], .malformed, "a number is expected, not a text"),
            (["id": 300, "category_id": 24], .duplicateName, "a.png has the segment 300 twice"),
        ]
        for (segment, code, text) in wrong {
            var pair = Pair()
            pair.predictions = [
                "annotations": [Pair.image(["segments_info": [segment, ["id": 300, "category_id": 24]]])]
            ]
            let error = try pair.error()
            #expect(error?.code == code && error?.message.contains(text) == true, "\(error?.message ?? "none")")
        }
    }

    @Test func imagesThatAreMissingOrDoubleAreNamed() throws {
        var pair = Pair()
        pair.predictions = ["annotations": [Pair.image(["image_id": "b", "file_name": "b.png"])]]
        var error = try pair.error()
        #expect(error?.code == .missingPrediction)
        #expect(
            error?.message == "\(pair.folder.path)/out.json: has no entry for the image a (a.png) of "
                + "\(pair.folder.path)/gt.json (1 of 1 are missing); predict every labelled image")
        pair.predictions = ["annotations": [Pair.image, Pair.image]]
        error = try pair.error()
        #expect(error?.code == .duplicateName && error?.message.contains("annotates a.png twice") == true)
        pair.predictions = ["annotations": [Pair.image, Pair.image(["file_name": "b.png"])]]
        error = try pair.error()
        #expect(
            error?.message == "\(pair.folder.path)/out.json: the image a has two annotations; keep one of the two")
        pair.predictions = ["annotations": []]
        #expect(try pair.error()?.code == .emptyFolder)
        pair = Pair()
        (pair.predictedWidth, pair.predictedIDs) = (2, [7, 7, 300, 0])
        error = try pair.error()
        #expect(error?.code == .sizeMismatch && error?.message.contains("is 2x2, but its label ") == true)
    }

    @Test func imagesThatAProgramNumbersInItsOwnWayAreFoundByTheNamesOfTheirFiles() throws {
        var pair = Pair()
        pair.labels["images"] = [["id": 17, "file_name": "day/a.jpg", "height": 1, "width": 4]] as [Members]
        pair.labels["annotations"] = [Pair.image(["image_id": 17])]
        #expect(try pair.error() == nil)
        func scorer() throws -> PanopticFileScorer {
            try PanopticFileScorer(labels: pair.folder.file("gt.json"), predictions: pair.folder.file("out.json"))
        }
        #expect(try scorer().pairingNotice.contains("no image_id is one of"))
        #expect(try scorer().quality(scorer().matches()).mean(over: [0, 1]).score?.pq == 100)
        // One known number is enough to go by numbers.
        pair.labels["annotations"] = [
            Pair.image(["image_id": 17]), Pair.image(["image_id": 18, "file_name": "b.png"]),
        ]
        pair.predictions = ["annotations": [Pair.image(["image_id": 18, "file_name": "b.png"]), Pair.image]]
        #expect(try pair.error()?.code == .missingPrediction)
        // So are names that leave an image over.
        pair.predictions = ["annotations": [Pair.image(["image_id": "b"])]]
        #expect(try pair.error()?.code == .missingPrediction)
    }

    /// Labels of COCO are numbered from 1, predictions by the numbers that the files are called.
    @Test(arguments: [0, 1]) func numbersThatContradictTheNamesOfFilesPairNothing(shift: Int) throws {
        let folder = TemporaryFolder()
        let names = ["000", "001", "002", "003"]
        for part in ["gt", "out"] {
            folder.makeFolder(part)
            for (place, name) in names.enumerated() {
                // Every image is cut at another column, so that a neighbour is no copy.
                let ids = (0..<8).map { UInt32($0 <= place ? 1 : 2) }
                try folder.segments(
                    PixelImage<UInt32>(height: 1, width: 8, channels: 1, pixels: ids), to: "\(part)/\(name).png")
            }
        }
        func annotations(from first: Int) -> [Members] {
            names.enumerated().map { place, name in
                [
                    "image_id": first + place, "file_name": name + ".png",
                    "segments_info": [
                        ["id": 1, "category_id": 7, "area": place + 1, "iscrowd": 0],
                        ["id": 2, "category_id": 24, "area": 7 - place, "iscrowd": 0],
                    ],
                ]
            }
        }
        let categories: [Members] = [
            ["id": 7, "name": "road", "isthing": 0], ["id": 24, "name": "person", "isthing": 1],
        ]
        try folder.json(["categories": categories, "annotations": annotations(from: shift)], to: "gt.json")
        try folder.json(["annotations": annotations(from: 0)], to: "out.json")
        func scorer() throws -> PanopticFileScorer {
            try PanopticFileScorer(labels: folder.file("gt.json"), predictions: folder.file("out.json"))
        }
        #expect(try scorer().quality(scorer().matches()).mean(over: [0, 1]).score?.pq == 100)
        let notice = try scorer().pairingNotice
        #expect(
            notice
                == (shift == 0
                    ? "images are paired by image_id, and the names of their files agree"
                    : "images are paired by the names of their files, since image_ids say otherwise: the image_id 1 is of 000 in "
                        + "the labels and of 001 in the predictions"))
        // An image that was not predicted is missed by its name, whatever has its number.
        try folder.json(["annotations": Array(annotations(from: 0).dropLast())], to: "out.json")
        let error = evaluationError { _ = try scorer() }
        #expect(error?.code == .missingPrediction)
        #expect(error?.message.contains("the image \(3 + shift) (003.png)") == true)
    }

    @Test func otherFormsAreTold() throws {
        var pair = Pair()
        pair.predictions = [
            "annotations": [["image_id": "a", "category_id": 7, "segmentation": ["size": [1, 4], "counts": [4]]]]
        ]
        let error = try pair.error()
        #expect(error?.code == .malformed)
        #expect(
            error?.message.contains(
                "out.json: is a JSON of single instances, with polygons or run "
                    + "lengths") == true)
        pair = Pair()
        try pair.folder.json(pair.labels, to: "gt.json")
        pair.folder.makeFolder("gt")
        func message(_ predictions: String) -> String {
            evaluationError {
                _ = try PanopticFileScorer(labels: pair.folder.file("gt.json"), predictions: predictions)
            }?.message ?? ""
        }
        let list = pair.folder.write("[]", to: "list.json")
        #expect(message(list).hasPrefix("\(list): is a list, such as detections, and no panoptic JSON"))
        let broken = pair.folder.write("{\"annotations\": [\n{\"image_id\": }]}", to: "broken.json")
        #expect(message(broken).hasPrefix("\(broken): cannot be read as panoptic JSON (line 2, "))
        #expect(message("/nowhere.json").hasPrefix("/nowhere.json: no such panoptic JSON; check the path"))
        let lonely = try pair.folder.json(pair.predictions, to: "lonely.json")
        #expect(
            message(lonely).hasPrefix(
                "\(pair.folder.path)/lonely: no such folder, where the PNG files of "
                    + "\(lonely) "))
    }

    @Test func aGreyPNGIsNoMapOfSegments() throws {
        let pair = Pair()
        #expect(try pair.error() == nil)
        try pair.folder.labels("out/a.png", [7, 7, 1, 0])
        let error = evaluationError {
            _ = try PanopticFileScorer(
                labels: pair.folder.file("gt.json"), predictions: pair.folder.file("out.json")
            ).matches()
        }
        #expect(error?.code == .unreadable)
        #expect(error?.description.contains("out/a.png: has 1 channel(s) of 8 bits; the numbers of segments ") == true)
    }
}
