import Datasets
import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

@Suite struct SubmissionTests {
    private let folder = TemporaryFolder()
    private let prediction = ImagePredictor.Prediction(
        labels: LabelMap(height: 1, width: 3, channels: 1, pixels: [0, 13, 18]),
        confidence: FloatImage(height: 1, width: 3, channels: 1, pixels: [1, 0.5, 0.25]))

    /// A test image of the predictions' size.
    private func image(_ name: String) throws -> SegmentationSample {
        let path = try folder.made("images/\(name)_rgb_anon.png")
        try ImageCodec.writePNG(RGBImage(height: 1, width: 3, channels: 3, filledWith: 5), to: path)
        return SegmentationSample(name: name, imagePath: path)
    }

    private func write(_ format: SubmissionFormat, _ images: [SegmentationSample]) throws {
        let writer = try SubmissionWriter(format, folder: folder.file("out"), labelSpace: .cityscapes19)
        for image in images { try writer.write(prediction, ofImage: image.imagePath) }
    }

    private func problems(_ format: SubmissionFormat, _ images: [SegmentationSample]?) throws -> [String] {
        try SubmissionChecker(format, folder: folder.file("out"), images: images).problems()
    }

    @Test func acdcTakesTrainIDsUnderTheImagesName() throws {
        try write(.acdc, [image("GOPR0475_frame_000041")])
        let file = folder.file("out/labelTrainIds/GOPR0475_frame_000041_rgb_anon.png")
        #expect(try ImageCodec.readLabels(file).pixels == [0, 13, 18])
        let header = try ImageCodec.header(ofFile: file)
        #expect(header.channels == 1 && header.bitDepth == 8 && !header.isPalette)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("out")) == ["labelTrainIds"])
    }

    @Test func darkZurichTakesThreeFoldersOfTheSameNames() throws {
        try write(.darkZurich, [image("GOPR0364_frame_000001")])
        let name = "GOPR0364_frame_000001_rgb_anon.png"
        for part in ["labelTrainIds", "labelTrainIds_invalid"] {
            #expect(try ImageCodec.readLabels(folder.file("out/\(part)/\(name)")).pixels == [0, 13, 18])
        }
        let confidence = folder.file("out/confidence/\(name)")
        #expect(try ImageCodec.readInstances(confidence).pixels == [65535, 32768, 16384])
        #expect(try ImageCodec.header(ofFile: confidence).bitDepth == 16)
    }

    @Test func cityscapesTakesLabelIDs() throws {
        let path = "/data/leftImg8bit/test/berlin/berlin_000000_000019_leftImg8bit.png"
        try write(.cityscapes, [SegmentationSample(name: "berlin_000000_000019", imagePath: path)])
        let file = folder.file("out/labelIds/berlin_000000_000019_leftImg8bit.png")
        #expect(try ImageCodec.readLabels(file).pixels == [7, 26, 33])
    }

    @Test func otherClassesAreRefused() {
        let error = evaluationError { _ = try SubmissionWriter(.acdc, folder: "out", labelSpace: .camvid11) }
        #expect(error?.code == .incompatibleLabelSpaces)
    }

    @Test(arguments: [SubmissionFormat.acdc, .darkZurich]) func whatIsWrittenCanBeHandedIn(
        format: SubmissionFormat
    ) throws {
        let images = try ["GOPR0475_frame_000041", "GP010607_frame_000001"].map(image)
        try write(format, images)
        #expect(try problems(format, images).isEmpty)
        #expect(
            format.zipCommand(folder: "/a/out/")
                == "cd '/a/out' && zip -q -r '../out.zip' " + format.folders.map(\.name).joined(separator: " "))
    }

    @Test func missingDoubleAndForeignFilesAreNamed() throws {
        let images = try ["a_frame_000001", "a_frame_000002"].map(image)
        try write(.acdc, [images[0], image("b_frame_000009")])
        try folder.labels("out/labelTrainIds/a_frame_000001.png", [0, 0, 0])
        try folder.labels("out/labelTrainIds/mean.png", [0, 0, 0])
        try folder.labels("out/colors/a_frame_000001.png", [0])
        let found = try problems(.acdc, images)
        let place = folder.file("out/labelTrainIds")
        #expect(
            found == [
                "\(folder.path)/out/colors: is no part of a submission; remove it (folders: labelTrainIds)",
                "\(place)/a_frame_000001_rgb_anon.png: a_frame_000001.png is of the same image; keep one of the two",
                "\(place)/mean.png: has not the name of a test image; use GOPR0364_frame_000001_rgb_anon.png",
                "\(place): no prediction of \(images[1].imagePath); predict it",
                "\(place)/b_frame_000009_rgb_anon.png: is of no image of the split test; remove it",
            ])
    }

    @Test func wrongSizesDepthsAndValuesAreNamed() throws {
        let images = try (1...5).map { try image("a_frame_00000\($0)") }
        try write(.darkZurich, images)
        let place = folder.file("out")
        func path(_ part: String, _ number: Int) -> String { "\(place)/\(part)/a_frame_00000\(number)_rgb_anon.png" }
        try folder.labels("out/labelTrainIds/a_frame_000001_rgb_anon.png", [0, 0])
        try folder.labels("out/labelTrainIds/a_frame_000002_rgb_anon.png", [0, 255, 0])
        try folder.labels("out/labelTrainIds_invalid/a_frame_000002_rgb_anon.png", [0, 255, 0])
        try folder.labels("out/confidence/a_frame_000003_rgb_anon.png", [1, 2, 3])
        try ImageCodec.writePNG(
            RGBImage(height: 1, width: 3, channels: 3, filledWith: 0), to: path("labelTrainIds_invalid", 4))
        let palette = [SIMD3<UInt8>](repeating: .one, count: 19)
        try ImageCodec.writePNG(prediction.labels, to: path("labelTrainIds", 5), palette: palette)
        #expect(
            try problems(.darkZurich, images) == [
                "\(path("labelTrainIds", 1)): is 2x1, its image 3x1; write predictions at the size of the images",
                "\(path("labelTrainIds", 2)): holds the value 255; write train ids from 0 to 18",
                "\(path("labelTrainIds", 5)): has a palette; write grey PNG of 8 bits",
                "\(path("confidence", 3)): has 1 channels of 8 bits; write grey PNG of 16 bits",
                "\(path("labelTrainIds_invalid", 4)): has 3 channels of 8 bits; write grey PNG of 8 bits",
            ])
    }

    @Test func withoutTheDataThePublishedCountAndSizeDecide() throws {
        try write(.acdc, [image("a_frame_000001")])
        let found = try problems(.acdc, nil)
        #expect(found.count == 2)
        #expect(found[0].hasSuffix("predictions of 1 images, ACDC's split test has 2000; predict each of them"))
        #expect(found[1].contains("is 3x1, its image 1920x1080"))
    }

    @Test func missingFoldersAreNamed() throws {
        #expect(evaluationError { _ = try problems(.acdc, nil) }?.code == .missingFolder)
        try write(.acdc, [image("a_frame_000001")])
        let found = try problems(.darkZurich, [image("a_frame_000001")])
        #expect(found.first == "\(folder.file("out"))/confidence: no such folder; write the predictions there")
    }

    @Test func imagesOfOneNameAreRefusedBeforeOneOverwritesTheOther() throws {
        let images = ["s1", "s2"].map {
            SegmentationSample(name: "a_frame_000001", imagePath: "/data/\($0)/a_frame_000001_rgb_anon.png")
        }
        let error = try #require(evaluationError { try SubmissionWriter.requireUniqueNames(images) })
        #expect(error.code == .duplicateName)
        #expect(
            error.message.hasPrefix(
                "/data/s2/a_frame_000001_rgb_anon.png and /data/s1/a_frame_000001_rgb_anon.png: predictions of the two "
            ))
        #expect(evaluationError { try SubmissionWriter.requireUniqueNames([images[0]]) } == nil)
        try folder.labels("out/labelTrainIds/a_frame_000001.png", [0])
        #expect(
            try problems(.acdc, images).contains { $0.contains("share a name, so that one prediction stands for both") }
        )
    }
}
