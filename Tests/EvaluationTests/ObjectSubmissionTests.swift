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
        let plain = ImagePredictor.Prediction(
            labels: ObjectScene.annotation.classes, confidence: ObjectScene.prediction.confidence)
        let error = evaluationError { try writer.write(plain, ofImage: "a.png") }
        #expect(error?.code == .missingObjects)
        #expect(
            error?.message == "a.png: the network predicts classes and no objects, which the format \(format.rawValue) "
                + "needs; use a network with a decoder of objects (model.objects), or --format cityscapes")
    }

    // MARK: KITTI-360

    private func frames() throws -> [SegmentationSample] {
        try ["0008_0000000002", "0018_0000000079"].map { name in
            let parts = name.split(separator: "_")
            let path = try folder.made(
                "data_2d_test/2013_05_28_drive_\(parts[0])_sync/image_00/data_rect/\(parts[1]).png")
            try ImageCodec.writePNG(
                RGBImage(height: ObjectScene.height, width: ObjectScene.width, channels: 3, filledWith: 5), to: path)
            return SegmentationSample(name: name, imagePath: path)
        }
    }

    private func writeFrames(_ format: SubmissionFormat) throws -> [SegmentationSample] {
        let frames = try frames()
        let writer = try SubmissionWriter(format, folder: folder.file("out"), labelSpace: .cityscapes19)
        for frame in frames { #expect(try writer.write(ObjectScene.prediction, ofImage: frame.imagePath) == nil) }
        try writer.finish(ImageList())
        return frames
    }

    /// All files at the root of the archive, named by drive and frame.
    @Test(arguments: [SubmissionFormat.kitti360, .kitti360Instances])
    func framesOfKITTI360CanBeHandedIn(format: SubmissionFormat) throws {
        let frames = try writeFrames(format)
        let out = folder.file("out")
        #expect(try SubmissionChecker(format, folder: out, images: frames).problems() == [])
        let names = try FileManager.default.contentsOfDirectory(atPath: out).sorted()
        #expect(format.zipCommand(folder: "/a/out") == "cd '/a/out' && zip -q -r '../out.zip' .")
        guard format == .kitti360Instances else {
            #expect(names == ["0008_0000000002.png", "0018_0000000079.png"])
            #expect(try ImageCodec.readLabels("\(out)/\(names[0])").pixels.contains(26))
            return
        }
        #expect(names.contains("0008_0000000002.txt") && names.contains("0018_0000000079_0000.png"))
        let text = try String(contentsOfFile: "\(out)/0008_0000000002.txt", encoding: .utf8)
        #expect(text.hasPrefix("0008_0000000002_0000.png "), "\(text)")
    }

    @Test func whatKITTI360DoesNotTakeIsNamed() throws {
        let frames = try writeFrames(.kitti360Instances)
        let out = folder.file("out")
        folder.write("", to: "out/berlin_000000_000019.txt")
        folder.write("0008_0000000002_0000.png 7 0.5\n", to: "out/0008_0000000002.txt")
        let found = try SubmissionChecker(.kitti360Instances, folder: out, images: frames).problems()
        for problem in [
            "\(out)/berlin_000000_000019.txt: has not the name of a test image; use 0008_0000000002.txt",
            "\(out)/0008_0000000002.txt, line 1: the label id is 7; write one of the classes with instances, 11, 17, 19, "
                + "20, 24,",
            "\(out)/0008_0000000002_0001.png: no text file names it; remove it, or add its line",
        ] { #expect(found.contains { $0.hasPrefix(problem) }, "\(problem): \(found)") }
        // Without the images the number is the published one.
        let count = try SubmissionChecker(.kitti360Instances, folder: out).problems()
        #expect(count.contains { $0.contains("KITTI-360's split test has 910; predict each of them") }, "\(count)")
        let maps = try SubmissionChecker(.kitti360, folder: folder.path, images: frames).problems()
        #expect(maps.contains { $0.contains("no prediction of \(frames[0].imagePath); predict it") }, "\(maps)")
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
        #expect(
            try problems(.cityscapesPanoptic).contains {
                $0.contains(
                    "is of category 14, which the file does not "
                        + "list")
            })
    }

    @Test func imagesThatAreMissingForeignOrOfAnotherSizeAreNamed() throws {
        let images = try write(.cityscapesPanoptic)
        let table = folder.file("out/panoptic.json")
        let text = try String(contentsOfFile: table, encoding: .utf8)
        folder.write(text.replacing(names[1], with: "ulm_000009_000019"), to: "out/panoptic.json")
        try folder.segments(
            PixelImage(height: 1, width: 2, channels: 1, pixels: [1, 2]), to: "out/panoptic/\(names[0])_leftImg8bit.png"
        )
        let found = try problems(.cityscapesPanoptic)
        let place = folder.file("out/panoptic")
        #expect(found.contains("\(place): no prediction of \(images[1].imagePath); predict it"))
        #expect(
            found.contains("\(place)/ulm_000009_000019_leftImg8bit.png: is of no image of the split test; remove it"))
        #expect(
            found.contains(
                "\(place)/\(names[0])_leftImg8bit.png: is 2x1, its image 12x10; write "
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
            "masks/\(stem)_1.png 7 0.5\nmasks/\(stem)_2.png 24 inf\nmasks/none.png 24 1\n",
            to: "out/instances/\(stem).txt")
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
