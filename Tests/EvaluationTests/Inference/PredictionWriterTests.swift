import Datasets
import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

@Suite struct PredictionWriterTests {
    private let folder = TemporaryFolder()
    private let labels = LabelMap(height: 1, width: 2, channels: 1, pixels: [0, 13])
    private let image = RGBImage(height: 1, width: 2, channels: 3, pixels: [10, 20, 30, 40, 50, 60])

    private func read(_ name: String) throws -> [UInt8] { try ImageCodec.readRGB(folder.file(name)).pixels }

    @Test func threePicturesAreWrittenUnderTheImagesName() throws {
        let writer = PredictionWriter(folder: folder.path, labelSpace: .cityscapes19, ids: .train)
        try writer.write(labels, of: image, file: "ulm/one.two.jpg")
        #expect(try ImageCodec.readLabels(folder.file("labels/ulm/one.two.png")) == labels)
        #expect(try read("colors/ulm/one.two.png") == [128, 64, 128, 0, 0, 142])
        #expect(try read("overlays/ulm/one.two.png") == [69, 42, 79, 20, 25, 101])
    }

    @Test func labelIDsAreThoseOfTheServer() throws {
        try PredictionWriter(folder: folder.path, labelSpace: .cityscapes19, ids: .label)
            .write(labels, of: image, file: "a.png")
        #expect(try ImageCodec.readLabels(folder.file("labels/a.png")).pixels == [7, 26])
    }

    @Test func whatIsWrittenCanBeScored() throws {
        try PredictionWriter(folder: folder.path, labelSpace: .cityscapes19, ids: .train)
            .write(labels, of: image, file: "ulm/ulm_1_leftImg8bit.png")
        try folder.labels("truth/ulm_1_gtFine_labelIds.png", [7, 26])
        let result = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
            .score(predictions: folder.file("labels"), labels: folder.file("truth"))
        #expect(SemanticScores(result.measure.confusion.total).meanIoU == 100)
    }

    @Test func olderPredictionsOfOtherImagesAreFound() throws {
        let writer = PredictionWriter(folder: folder.path, labelSpace: .cityscapes19)
        #expect(try writer.filesThatStay(besidesThoseOf: ["a.jpg"]).isEmpty)
        for file in ["a.png", "ulm/b.png", "c.png"] { try writer.write(labels, of: image, file: file) }
        #expect(try writer.filesThatStay(besidesThoseOf: ["a.jpg", "ulm/b.jpg", "c.png"]).isEmpty)
        #expect(try writer.filesThatStay(besidesThoseOf: ["a.jpg", "b.png"]) == ["labels/c.png", "labels/ulm/b.png"])
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try Data().write(to: URL(fileURLWithPath: folder.file("labels")))
        let error = evaluationError {
            try PredictionWriter(folder: folder.path, labelSpace: .cityscapes19, ids: .train)
                .write(labels, of: image, file: "a.png")
        }
        #expect(error?.code == .notWritable)
        #expect(error?.message.hasPrefix("\(folder.path)/labels/a.png: cannot be written") == true)
    }
}

@Suite struct ImageFolderTests {
    private let folder = TemporaryFolder()

    @Test func imagesAreListedSortedAtAnyDepth() throws {
        for name in ["b.jpg", "a/c.png", "a/b/d.jpeg", "notes.txt"] {
            try Data().write(to: URL(fileURLWithPath: folder.made(name)))
        }
        #expect(try ImageFolder(folder.path).files == ["a/b/d.jpeg", "a/c.png", "b.jpg"])
    }

    @Test func hiddenAndOtherFilesArePassedOverAndTold() throws {
        for name in ["a.JPG", "s/b.Png", "._a.jpg", "s/.DS_Store", ".thumbs/a.png", "notes.txt"] {
            try Data().write(to: URL(fileURLWithPath: folder.made(name)))
        }
        // A link back would show every image many times.
        try FileManager.default.createSymbolicLink(atPath: folder.file("s/up"), withDestinationPath: "..")
        let images = try ImageFolder(folder.path)
        #expect(images.files == ["a.JPG", "s/b.Png"])
        #expect(
            images.passedOver.notice(of: "x")
                == "x: 5 files are passed over: 1 not ending in .png, .jpg or .jpeg, such as "
                + "\(folder.path)/notes.txt; 3 hidden, such as \(folder.path)/._a.jpg; 1 a link to a folder above it, "
                + "such as \(folder.path)/s/up")
    }

    @Test func predictionsOfEqualNamesDoNotOverwriteEachOther() throws {
        let writer = PredictionWriter(folder: folder.file("out"), labelSpace: .cityscapes19, ids: .train)
        let image = RGBImage(height: 1, width: 1, channels: 3, filledWith: 0)
        for (sequence, value) in [("seq1", 3), ("seq2", 5)] as [(String, UInt8)] {
            let labels = LabelMap(height: 1, width: 1, channels: 1, filledWith: value)
            try writer.write(labels, of: image, file: "\(sequence)/frame_0.JPG")
        }
        for (sequence, value) in [("seq1", 3), ("seq2", 5)] as [(String, UInt8)] {
            #expect(try ImageCodec.readLabels(folder.file("out/labels/\(sequence)/frame_0.png")).pixels == [value])
        }
    }

    @Test func imagesWhosePredictionsWouldCollideAreRefused() throws {
        for name in ["a.jpg", "a.png"] { try Data().write(to: URL(fileURLWithPath: folder.file(name))) }
        let error = evaluationError { _ = try ImageFolder(folder.path) }
        #expect(error?.code == .duplicateName)
        #expect(
            error?.message
                == "\(folder.path): predictions of a.jpg and a.png would have one name; rename one of the two")
    }

    @Test func emptyAndMissingFoldersAreRefused() {
        #expect(evaluationError { _ = try ImageFolder(folder.path) }?.code == .emptyFolder)
        #expect(evaluationError { _ = try ImageFolder(folder.file("none")) }?.code == .missingFolder)
    }
}
