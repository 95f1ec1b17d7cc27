import Annotations
import Datasets
import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

/// An image of 12x10: road above, two persons side by side below, one of which is not sure.
enum ObjectScene {
    static let (height, width) = (10, 12)

    static func mask(_ rows: Range<Int>, _ columns: Range<Int>) -> ObjectMask {
        ObjectMask(rows.map { PixelRun(row: $0, start: columns.lowerBound, end: columns.upperBound) })
    }

    static var annotation: Annotation {
        var classes = LabelMap(height: height, width: width, channels: 1, filledWith: 0)
        let objects = [
            AnnotatedObject(trainID: 11, mask: mask(4..<10, 0..<5), score: 0.98),
            AnnotatedObject(trainID: 13, mask: mask(4..<9, 6..<11), score: 0.96),
            AnnotatedObject(trainID: 11, mask: mask(0..<3, 0..<3), score: 0.25),
        ]
        for object in objects.dropLast() { object.mask.paint(object.trainID, into: &classes) }
        return Annotation(classes: classes, objects: objects)
    }

    static var prediction: ImagePredictor.Prediction {
        ImagePredictor.Prediction(
            labels: annotation.classes,
            confidence: FloatImage(height: height, width: width, channels: 1, filledWith: 1),
            objects: annotation.objects)
    }

    static var fusion: PanopticFusion.Config {
        var config = PanopticFusion.Config()
        config.smallestStuffArea = 1
        return config
    }

    static var segments: PanopticSegments {
        PanopticFusion(fusion, things: LabelSpace.cityscapes19.thingTrainIDs)(annotation)
    }
}

@Suite struct PanopticWriterTests {
    private let folder = TemporaryFolder()

    private func document() throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: folder.file("panoptic.json")))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func write(_ images: [String]) throws {
        let writer = PanopticWriter(folder: folder.path, labelSpace: .cityscapes19)
        var entries = ImageList<PanopticWriter.Entry>()
        for (index, image) in images.enumerated() {
            entries.append(try writer.write(ObjectScene.segments, ofImage: image), image: index)
        }
        try writer.finish(entries)
    }

    @Test func whatIsWrittenScoresAHundredAgainstItself() throws {
        try write(["ulm/ulm_000000_000019_leftImg8bit.png", "ulm/ulm_000001_000019_leftImg8bit.png"])
        let path = folder.file("panoptic.json")
        let scorer = try PanopticFileScorer(labels: path, predictions: path)
        let quality = scorer.quality(try scorer.matches())
        let mean = quality.mean(over: scorer.categories.indices)
        #expect(mean.score?.pq == 100 && mean.classCount == 3)
        #expect(scorer.categories.map(\.id) == LabelSpace.cityscapes19.fileIDs)
    }

    @Test func segmentsHaveIDAreaAndBoxAsCOCOWritesThem() throws {
        try write(["ulm/ulm_000000_000019_leftImg8bit.png"])
        let annotation = try #require((try document()["annotations"] as? [[String: Any]])?.first)
        #expect(annotation["image_id"] as? String == "ulm_000000_000019")
        #expect(annotation["file_name"] as? String == "ulm_000000_000019_leftImg8bit.png")
        let segments = try #require(annotation["segments_info"] as? [[String: Any]])
        #expect(segments.map { $0["category_id"] as? Int } == [24, 26, 7])
        #expect(segments.map { $0["area"] as? Int } == [30, 25, 120 - 55])
        #expect(segments.first?["bbox"] as? [Int] == [0, 4, 5, 6] && segments.first?["iscrowd"] as? Int == 0)
        let image = try #require((try document()["images"] as? [[String: Any]])?.first)
        #expect(image["height"] as? Int == 10 && image["width"] as? Int == 12)
        let pixels = try ImageCodec.readColors(folder.file("panoptic/ulm_000000_000019_leftImg8bit.png"))
        #expect(pixels[9, 0, 0] == UInt8(segments[0]["id"] as? Int ?? 0) && pixels[9, 0, 1] == 0)
    }

    @Test func imagesThatAreNumbersAreCalledByThem() throws {
        try write(["val2017/000000000139.jpg", "b.jpg"])
        let annotations = try #require(try document()["annotations"] as? [[String: Any]])
        #expect(annotations[0]["image_id"] as? Int == 139 && annotations[1]["image_id"] as? String == "b")
        #expect(annotations[0]["file_name"] as? String == "000000000139.png")
    }

    @Test func imagesOfOneNameAreRefused() {
        let error = evaluationError { try ObjectFileName.requireUnique(["a/one.png", "b/two.png", "b/one.jpg"]) }
        #expect(error?.code == .duplicateName)
        #expect(error?.message.hasPrefix("b/one.jpg and a/one.png: predictions of the two would have one name") == true)
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        folder.write("", to: "panoptic")
        let error = evaluationError { try write(["a.png"]) }
        #expect(error?.code == .notWritable)
        #expect(error?.message.hasPrefix("\(folder.path)/panoptic/a.png: cannot be written") == true)
    }
}

@Suite struct CityscapesInstanceWriterTests {
    private let folder = TemporaryFolder()

    /// Frames of KITTI-360 have one name in every drive.
    @Test func framesAreNamedByTheirDrives() throws {
        let writer = CityscapesInstanceWriter(folder: folder.file("out"), labelSpace: .cityscapes19)
        let images = ["0003", "0010"].map { "2013_05_28_drive_\($0)_sync/image_00/data_rect/0000000250.png" }
        for image in images { try writer.write(ObjectScene.annotation, ofImage: image) }
        let text = try String(contentsOfFile: folder.file("out/0010_0000000250.txt"), encoding: .utf8)
        #expect(text.hasPrefix("masks/0010_0000000250_0.png 24 0.98\n"))
        #expect(FileManager.default.fileExists(atPath: folder.file("out/0003_0000000250.txt")))
        #expect(throws: Never.self) { try ObjectFileName.requireUnique(images) }
    }

    @Test func whatIsWrittenIsFoundAgain() throws {
        let name = "ulm_000000_000019"
        let writer = CityscapesInstanceWriter(folder: folder.file("out"), labelSpace: .cityscapes19)
        try writer.write(ObjectScene.annotation, ofImage: "ulm/\(name)_leftImg8bit.png")
        let text = try String(contentsOfFile: folder.file("out/\(name)_leftImg8bit.txt"), encoding: .utf8)
        #expect(
            text == "masks/\(name)_leftImg8bit_0.png 24 0.98\nmasks/\(name)_leftImg8bit_1.png 26 0.96\n"
                + "masks/\(name)_leftImg8bit_2.png 24 0.25\n")
        var ids = InstanceMap(height: ObjectScene.height, width: ObjectScene.width, channels: 1, filledWith: 7)
        ObjectScene.mask(4..<10, 0..<5).paint(24_000, into: &ids)
        try ImageCodec.writePNG(ids, to: folder.made("gt/\(name)_gtFine_instanceIds.png"))
        let scorer = try CityscapesInstanceScorer(
            labels: folder.file("gt"), predictions: folder.file("out"), space: .cityscapes19)
        let persons = try #require(try scorer.matches().elements.first?.first)
        #expect(persons.predictions.map(\.area) == [30, 9] && persons.predictions.map(\.voidArea) == [0, 0])
        #expect(persons.overlaps == [.init(truth: 0, prediction: 0, area: 30)])
    }

    @Test func masksOfAnEarlierPredictionGo() throws {
        let writer = CityscapesInstanceWriter(folder: folder.path, labelSpace: .cityscapes19)
        try writer.write(ObjectScene.annotation, ofImage: "a b.png")
        var fewer = ObjectScene.annotation
        fewer.objects?.removeLast(2)
        try writer.write(fewer, ofImage: "a b.png")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("masks")) == ["a_b_0.png"])
        fewer.objects = []
        try writer.write(fewer, ofImage: "a b.png")
        #expect(try String(contentsOfFile: folder.file("a b.txt"), encoding: .utf8).isEmpty)
    }
}

@Suite struct ObjectPredictionWriterTests {
    @Test func allFormsAreWrittenUnderTheImagesName() throws {
        let folder = TemporaryFolder()
        let writer = ObjectPredictionWriter(
            folder: folder.path, labelSpace: .cityscapes19, fusion: ObjectScene.fusion)
        let image = RGBImage(height: ObjectScene.height, width: ObjectScene.width, channels: 3, filledWith: 90)
        var entries = ImageList<ObjectPredictionWriter.Entry>()
        entries.append(try writer.write(ObjectScene.prediction, of: image, file: "ulm/a.jpg"), image: 0)
        try writer.finish(entries)
        let files = [
            "panoptic.json", "panoptic/a.png", "instances/a.txt", "instances/masks/a_0.png", "objects/ulm/a.png",
        ]
        for file in files { #expect(FileManager.default.fileExists(atPath: folder.file(file)), "\(file)") }
        let picture = try ImageCodec.readRGB(folder.file("objects/ulm/a.png"))
        func color(_ row: Int, _ column: Int) -> SIMD3<UInt8> {
            SIMD3(picture[row, column, 0], picture[row, column, 1], picture[row, column, 2])
        }
        // Outlines in the colours of the objects, which differ; inside them half of it.
        #expect(color(4, 0) == ObjectColors.color(0) && color(4, 6) == ObjectColors.color(1))
        #expect(color(6, 2) != color(4, 0) && color(6, 2) != color(0, 0))
    }
}

@Suite struct COCOResultWriterTests {
    /// What is written is read as pycocotools reads it: true objects found with their own masks score 100.
    @Test func whatIsWrittenScoresAHundredAgainstTheSameObjects() throws {
        let folder = TemporaryFolder()
        let writer = ObjectPredictionWriter(
            folder: folder.path, labelSpace: .cityscapes19, fusion: ObjectScene.fusion)
        var entries = ImageList<ObjectPredictionWriter.Entry>()
        let image = RGBImage(height: ObjectScene.height, width: ObjectScene.width, channels: 3, filledWith: 90)
        for (place, name) in ["000000000139", "ulm_000000_000019_leftImg8bit"].enumerated() {
            entries.append(try writer.write(ObjectScene.prediction, of: image, file: "\(name).jpg"), image: place)
        }
        try writer.finish(entries)
        let data = try Data(contentsOf: URL(filePath: folder.file("instances.json")))
        let results = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        #expect(results.count == 6 && results[0]["image_id"] as? Int == 139)
        #expect(results[3]["image_id"] as? String == "ulm_000000_000019" && results[0]["bbox"] == nil)
        #expect(results.map { $0["category_id"] as? Int } == [24, 26, 24, 24, 26, 24])
        #expect(abs((results[2]["score"] as? Double ?? 0) - 0.25) < 1e-6)

        let truth = results.enumerated().map { place, result in
            result.merging(["id": place + 1, "iscrowd": 0, "area": 10]) { $1 }.filter { $0.key != "score" }
        }
        let images = [139 as Any, "ulm_000000_000019"].map { ["id": $0, "height": 10, "width": 12] }
        let categories = [24, 26].map { ["id": $0, "name": "\($0)"] as [String: Any] }
        let labels = try JSONSerialization.data(
            withJSONObject: ["images": images, "annotations": truth, "categories": categories])
        try labels.write(to: URL(filePath: folder.file("labels.json")))
        let scorer = try COCOInstanceScorer(
            labels: folder.file("labels.json"), predictions: folder.file("instances.json"))
        let precisions = scorer.precisions(scorer.matches())
        #expect(COCOPrecision.average(of: precisions) == 100)
    }
}

@Suite struct ObjectColorsTests {
    @Test func hundredObjectsHaveHundredColours() {
        let colors = (0..<100).map(ObjectColors.color)
        for (place, color) in colors.enumerated() {
            for other in colors[(place + 1)...] { #expect(color != other) }
            guard place > 0 else { continue }
            let steps = (0..<3).map { abs(Int(color[$0]) - Int(colors[place - 1][$0])) }
            #expect(steps.reduce(0, +) > 120, "\(place)")
        }
    }
}
