import Annotations
import Datasets
import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

@Suite struct ObjectSubmissionTests {
    private let folder = TemporaryFolder()
    private let names = ["ulm_000000_000019", "ulm_000001_000019"]

    private func images() throws -> [SegmentationSample] {
        try names.map { name in
            let path = try folder.made("images/\(name)_leftImg8bit.png")
            try ImageCodec.writePNG(
                RGBImage(height: ObjectScene.height, width: ObjectScene.width, channels: 3, filledWith: 5), to: path)
            return SegmentationSample(name: name, imagePath: path)
        }
    }

    @discardableResult
    private func write(_ format: SubmissionFormat) throws -> [SegmentationSample] {
        let images = try images()
        let writer = try SubmissionWriter(
            format, folder: folder.file("out"), labelSpace: .cityscapes19, fusion: ObjectScene.fusion)
        var entries = ImageList<PanopticWriter.Entry>()
        for (index, image) in images.enumerated() {
            guard let entry = try writer.write(ObjectScene.prediction, ofImage: image.imagePath) else { continue }
            entries.append(entry, image: index)
        }
        try writer.finish(entries)
        return images
    }

    private func problems(_ format: SubmissionFormat) throws -> [String] {
        try SubmissionChecker(format, folder: folder.file("out"), images: images()).problems()
    }

    @Test(arguments: [SubmissionFormat.cityscapesPanoptic, .cityscapesInstances])
    func whatIsWrittenCanBeHandedIn(format: SubmissionFormat) throws {
        try write(format)
        #expect(try problems(format) == [])
        let contents = format == .cityscapesPanoptic ? "panoptic panoptic.json" : "instances"
        #expect(format.zipCommand(folder: "/a/out") == "cd '/a/out' && zip -q -r '../out.zip' \(contents)")
    }

    @Test(arguments: [SubmissionFormat.cityscapesPanoptic, .cityscapesInstances])
    func aNetworkWithoutObjectsIsRefused(format: SubmissionFormat) throws {
        let writer = try SubmissionWriter(format, folder: folder.path, labelSpace: .cityscapes19)
        let plain = SemanticPredictor.Prediction(
            labels: ObjectScene.annotation.classes, confidence: ObjectScene.prediction.confidence)
        let error = evaluationError { try writer.write(plain, ofImage: "a.png") }
        #expect(error?.code == .missingObjects)
        #expect(
            error?.message == "a.png: the network predicts classes and no objects, which the format \(format.rawValue) "
                + "needs; use a network with a decoder of objects (model.objects), or --format cityscapes")
    }

    @Test func pngAndTableThatDisagreeAreNamed() throws {
        try write(.cityscapesPanoptic)
        let table = folder.file("out/panoptic.json")
        let text = try String(contentsOfFile: table, encoding: .utf8)
        folder.write(
            text.replacing("\"area\":30", with: "\"area\":0").replacing("{\"id\":3,", with: "{\"id\":9,"),
            to: "out/panoptic.json")
        try folder.labels("out/panoptic/notes.png", [0])
        let found = try problems(.cityscapesPanoptic)
        let (png, other) = ("\(names[0])_leftImg8bit.png", folder.file("out/panoptic"))
        #expect(found.count == 7)
        #expect(
            found.prefix(4) == [
                "\(other)/notes.png: is not listed in \(table); list its segments, or remove it",
                "\(table): segment 1 of \(png) has the area 0, but 30 pixels; write the number of its pixels",
                "\(table): segment 9 of \(png) has no pixel; leave it out, and number segments from 1",
                "\(other)/\(png): 65 pixels have the id 3, which \(table) does not list; list the segment, or write 0",
            ])
        folder.write(text.replacing("\"category_id\":26", with: "\"category_id\":14"), to: "out/panoptic.json")
        #expect(try problems(.cityscapesPanoptic).contains { $0.contains("is of category 14, which the file does not "
            + "list") })
    }

    @Test func imagesThatAreMissingForeignOrOfAnotherSizeAreNamed() throws {
        let images = try write(.cityscapesPanoptic)
        let table = folder.file("out/panoptic.json")
        let text = try String(contentsOfFile: table, encoding: .utf8)
        folder.write(text.replacing(names[1], with: "ulm_000009_000019"), to: "out/panoptic.json")
        try folder.segments(
            PixelImage(height: 1, width: 2, channels: 1, pixels: [1, 2]), to: "out/panoptic/\(names[0])_leftImg8bit.png")
        let found = try problems(.cityscapesPanoptic)
        #expect(found.contains("\(table), file_name: no prediction of \(images[1].imagePath); predict it"))
        #expect(
            found.contains("\(table), file_name/ulm_000009_000019_leftImg8bit.png: is of no image of the split test; "
                + "remove it"))
        #expect(
            found.contains(
                "\(folder.file("out/panoptic"))/\(names[0])_leftImg8bit.png: is 2x1, its image 12x10; write "
                    + "predictions at the size of the images"))
    }

    @Test func aMissingTableIsNamed() throws {
        try write(.cityscapesInstances)
        let found = try problems(.cityscapesPanoptic)
        #expect(found.count == 2)
        #expect(
            found.first == "\(folder.file("out"))/instances: is no part of a submission; remove it (contents: "
                + "panoptic, panoptic.json)")
        #expect(found.last?.hasPrefix("\(folder.file("out"))/panoptic.json: no such panoptic JSON") == true)
    }

    @Test func wrongLinesAndMasksAreNamed() throws {
        let images = try write(.cityscapesInstances)
        let place = folder.file("out/instances")
        let stem = "\(names[0])_leftImg8bit"
        try folder.labels("out/instances/masks/\(stem)_1.png", [1, 1])
        try ImageCodec.writePNG(
            LabelMap(height: ObjectScene.height, width: ObjectScene.width, channels: 1, filledWith: 0),
            to: folder.file("out/instances/masks/\(stem)_2.png"))
        folder.write(
            "masks/\(stem)_1.png 7 0.5\nmasks/\(stem)_2.png 24 inf\nmasks/none.png 24 1\n", to: "out/instances/\(stem).txt")
        folder.write("masks/x.png 24 nan\n", to: "out/instances/\(names[1])_leftImg8bit.txt")
        folder.write("", to: "out/instances/readme.txt")
        let found = try problems(.cityscapesInstances)
        let line = "\(place)/\(stem).txt, line"
        let expected = [
            "\(place)/readme.txt: has not the name of a test image; use berlin_000000_000019_leftImg8bit.txt",
            "\(place)/\(names[1])_leftImg8bit.txt, line 1: the score is nan, which has no place in an order; it needs "
                + "a number",
            "\(line) 1: the label id is 7; write one of the classes with instances, 24, 25, 26, 27, 28, 31, 32, 33",
            "\(place)/masks/\(stem)_1.png: is 2x1, its image 12x10; write masks at the size of the images",
            "\(line) 2: the score is inf; write a finite number",
            "\(place)/masks/\(stem)_2.png: is black; leave out \(line) 2",
            "\(place)/masks/\(stem)_0.png: no text file names it; remove it, or add its line",
        ]
        for problem in expected { #expect(found.contains(problem), "\(problem)") }
        #expect(found.contains { $0.hasPrefix("\(line) 3: \(place)/masks/none.png: cannot be read as the mask") })
        #expect(!images.isEmpty)
    }
}
