import Datasets
import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

@Suite struct SemanticDirectoryScorerTests {
    private let folder = TemporaryFolder()

    private func failure(
        space: LabelSpace = .cityscapes19, predictionIDs: LabelIDs? = nil
    ) -> EvaluationError? {
        evaluationError {
            var scorer = try SemanticDirectoryScorer(labelSpace: space)
            scorer.predictionIDs = predictionIDs
            _ = try scorer.score(predictions: folder.file("predictions"), labels: folder.file("labels"))
        }
    }

    @Test func foldersScoreAsTheirImagesDo() throws {
        let result = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
            .score(predictions: ScoreFixture.predictions, labels: ScoreFixture.labels)
        #expect(result.imageCount == 3)
        #expect(try result.measure.confusion.total.counts == ScoreFixture.load().counts)
    }

    @Test func namesOfOneImageAreMatchedInAnyFolder() throws {
        try folder.labels("labels/ulm/ulm_1_gtFine_labelIds.png", [7, 8])
        try folder.labels("labels/ulm/ulm_1_gtFine_instanceIds.png", [7, 8])
        try folder.labels("labels/ulm/ulm_1_gtFine_color.png", [7, 8])
        try folder.labels("labels/GOPR_rgb_anon.png", [0])
        try folder.labels("predictions/deep/er/ulm_1_leftImg8bit.png", [0, 255])
        try folder.labels("predictions/GOPR_gt_labelTrainIds.png", [1])
        let matrix = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
            .score(predictions: folder.file("predictions"), labels: folder.file("labels")).measure.confusion.total
        #expect(matrix[truth: 0, prediction: 0] == 1)
        #expect(matrix[truth: 0, prediction: 1] == 1)
        #expect(matrix[truth: 1, prediction: 19] == 1)
    }

    @Test func foldersNamedAfterConditionsAreScoredApart() throws {
        try folder.labels("labels/fog/val/s/a_gt_labelTrainIds.png", [0])
        try folder.labels("labels/night/val/s/b_gt_labelTrainIds.png", [1])
        try folder.labels("predictions/a_rgb_anon.png", [0])
        try folder.labels("predictions/b_rgb_anon.png", [0])
        let result = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
            .score(predictions: folder.file("predictions"), labels: folder.file("labels"))
        let means = DatasetScores(result.measure.confusion).furtherMeans
        #expect(means.map(\.name) == ["fog", "night"] && means.map(\.meanIoU) == [100, 0])
    }

    @Test func trainIDsAreReadWhereBothAreThere() throws {
        try folder.labels("labels/a_gtFine_labelIds.png", [8])
        try folder.labels("labels/a_gtFine_labelTrainIds.png", [2])
        try folder.labels("predictions/a.png", [2])
        let matrix = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
            .score(predictions: folder.file("predictions"), labels: folder.file("labels")).measure.confusion.total
        #expect(matrix[truth: 2, prediction: 2] == 1)
    }

    @Test func predictionsOfNineteenClassesAreScoredAsCamVid() throws {
        try folder.labels("labels/frame.png", [3, 1, 11])
        try folder.labels("predictions/frame.png", [7, 12, 7])
        var scorer = try SemanticDirectoryScorer(labelSpace: .camvid11, predictionLabelSpace: .cityscapes19)
        scorer.predictionIDs = .label
        let result = try scorer.score(predictions: folder.file("predictions"), labels: folder.file("labels"))
        #expect(SemanticScores(result.measure.confusion.total).meanIoU == 100)
    }

    @Test func numbersOfTheOtherKindNameTheOption() throws {
        try folder.labels("labels/a_gtFine_labelIds.png", [7, 26])
        try folder.labels("predictions/a.png", [7, 26])
        #expect(
            failure()?.message
                == "\(folder.file("predictions"))/a.png: holds label ids of cityscapes19, where train ids are "
                + "expected; give --prediction-ids label")
        #expect(failure(predictionIDs: .label) == nil)
        try folder.labels("labels/a_gtFine_labelIds.png", [0, 255])
        try folder.labels("predictions/a_gtFine_labelTrainIds.png", [0, 255])
        #expect(failure(predictionIDs: .train)?.code == .noLabelledPixel)
        try folder.labels("predictions/a_gtFine_labelTrainIds.png", [0, 34])
        #expect(failure(predictionIDs: .train)?.message.hasSuffix("; give --prediction-ids label") == true)
        try folder.labels("labels/a_gtFine_labelIds.png", [40, 8])
        #expect(failure()?.message.hasSuffix("; --ids says what numbers mean") == true)
        var scorer = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
        scorer.labelIDs = .train
        try folder.labels("labels/a_gtFine_labelIds.png", [7, 26])
        let error = evaluationError {
            _ = try scorer.score(predictions: folder.file("predictions"), labels: folder.file("labels"))
        }
        #expect(
            error?.message.hasSuffix("holds label ids of cityscapes19, where train ids are expected; give --ids label")
                == true)
    }

    private func notice(_ predictions: [UInt8], _ ids: LabelIDs? = nil) throws -> String? {
        try folder.labels("labels/a_gtFine_labelIds.png", [7, 8, 11, 11, 0])
        try folder.labels("predictions/a.png", predictions)
        var scorer = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
        scorer.predictionIDs = ids
        return try scorer.score(predictions: folder.file("predictions"), labels: folder.file("labels")).notice
    }

    /// Label ids below 19 are train ids, too: only the labels tell.
    @Test func smallLabelIDsAreNoticedByHowWellTheyAgree() throws {
        #expect(
            try notice([7, 8, 11, 7, 8])
                == "\(folder.file("predictions")): taken for train ids, its numbers agree with 0 % of "
                + "the labelled pixels, as label ids with 75 %; if that is what they are, give --prediction-ids label")
        #expect(try notice([0, 1, 2, 2, 2]) == nil)
        // Said to be label ids, nothing is predicted.
        #expect(try notice([0, 1, 2, 2, 2], .label)?.hasSuffix("give --prediction-ids train") == true)
        #expect(try notice([7, 8, 11, 7, 8], .train) == nil)
    }

    /// Label files in colours, predictions in ids as `causeway predict` writes them, and the other way round.
    @Test(arguments: [LabelSpace.FileCoding.colors, .ids]) func codingOfLabelFilesDoesNotBindPredictions(
        coding: LabelSpace.FileCoding
    ) throws {
        var space = LabelSpace(
            name: "m",
            classes: [
                SegmentationClass("a", color: SIMD3(9, 0, 0), ids: [5]),
                SegmentationClass("b", color: SIMD3(0, 9, 0), ids: [6]),
            ])
        space.coding = coding
        let colors = RGBImage(height: 1, width: 2, channels: 3, pixels: [9, 0, 0, 0, 9, 0])
        for (labels, ids) in [("labels", LabelIDs.label), ("predictions", .train)] {
            folder.makeFolder(labels)
            let path = folder.file("\(labels)/a.png")
            if (coding == .colors) == (labels == "labels") {
                try ImageCodec.writePNG(colors, to: path)
            } else {
                try folder.labels("\(labels)/a.png", ids == .label ? [5, 6] : [0, 1])
            }
        }
        var scorer = try SemanticDirectoryScorer(labelSpace: space)
        if coding == .ids { scorer.labelIDs = .label }
        let result = try scorer.score(predictions: folder.file("predictions"), labels: folder.file("labels"))
        #expect(SemanticScores(result.measure.confusion.total).meanIoU == 100)
        guard coding == .colors else { return }
        try folder.labels("predictions/a.png", [5, 6])
        let error = evaluationError {
            _ = try scorer.score(predictions: folder.file("predictions"), labels: folder.file("labels"))
        }
        #expect(error?.message.hasSuffix("give --prediction-ids label") == true, "\(error?.message ?? "no error")")
        scorer.predictionIDs = .label
        let again = try scorer.score(predictions: folder.file("predictions"), labels: folder.file("labels"))
        #expect(SemanticScores(again.measure.confusion.total).meanIoU == 100)
    }

    @Test func whatAnotherCommandScoresIsSaidToBe() throws {
        try folder.labels("labels/a.png", [0])
        try folder.labels("predictions/a.png", [0])
        func failure(_ labels: String, _ predictions: String) -> String? {
            evaluationError {
                _ = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
                    .score(predictions: folder.file(predictions), labels: folder.file(labels))
            }?.message
        }
        folder.write("{}", to: "panoptic.json")
        #expect(
            failure("labels", "panoptic.json")
                == "\(folder.file("panoptic.json")): is a file, where a folder is expected; "
                + "panoptic files are scored by `causeway score panoptic`, COCO's instances by `causeway score instance "
                + "--protocol coco`")
        #expect(failure("labels/a.png", "predictions")?.hasSuffix("is expected; give the folder that holds it") == true)
        try folder.labels("instances/a_gtFine_instanceIds.png", [7])
        #expect(
            failure("instances", "predictions")?.hasPrefix(
                "\(folder.file("instances")): holds no PNG of classes; maps of objects such as a_gtFine_instanceIds.png are "
                    + "scored by `causeway score instance --protocol cityscapes`") == true)
        try ImageCodec.writePNG(
            RGBImage(height: 1, width: 1, channels: 3, pixels: [1, 2, 0]),
            to: {
                folder.makeFolder("panoptic")
                return folder.file("panoptic/a.png")
            }())
        #expect(failure("labels", "panoptic")?.contains("is of a panoptic folder") == true)
    }

    @Test func aMissingPredictionIsNamed() throws {
        try folder.labels("labels/a.png", [0])
        try folder.labels("labels/b.png", [0])
        try folder.labels("predictions/a.png", [0])
        let error = try #require(failure())
        #expect(error.code == .missingPrediction)
        #expect(error.message.hasPrefix("\(folder.file("labels"))/b.png: no prediction b.png under"))
        #expect(error.message.contains("(1 of 2 are missing)"))
    }

    @Test func anExtraPredictionIsNamed() throws {
        try folder.labels("labels/a.png", [0])
        try folder.labels("predictions/a.png", [0])
        try folder.labels("predictions/b.png", [0])
        let error = try #require(failure())
        #expect(error.code == .extraPrediction)
        #expect(error.message.hasPrefix("\(folder.file("predictions"))/b.png: no label of the image b under"))
    }

    @Test func anotherSizeIsRefused() throws {
        try folder.labels("labels/a.png", [0, 0])
        try folder.labels("predictions/a.png", [0])
        let error = try #require(failure())
        #expect(error.code == .sizeMismatch)
        #expect(error.message.contains("predictions/a.png: is 1x1, but its label"))
    }

    @Test func aValueOutsideTheLabelSpaceIsRefused() throws {
        try folder.labels("labels/a.png", [0])
        // Neither a train id nor a label id.
        try folder.labels("predictions/a.png", [77])
        let error = try #require(failure())
        #expect(error.code == .unknownLabel)
        #expect(error.message.contains("is none of the train ids of cityscapes19"))
    }

    @Test func twoFilesOfOneImageAreRefused() throws {
        try folder.labels("labels/a.png", [0])
        try folder.labels("predictions/one/a.png", [0])
        try folder.labels("predictions/two/a.png", [0])
        #expect(failure()?.code == .duplicateName)
    }

    @Test func equalNamesInSeveralFoldersAreMatchedByTheirFolders() throws {
        for (sequence, value) in [("seq1", 0), ("seq2", 1)] as [(String, UInt8)] {
            try folder.labels("labels/\(sequence)/frame_0_gtFine_labelTrainIds.png", [value])
            try folder.labels("predictions/\(sequence)/frame_0_leftImg8bit.PNG", [value])
        }
        // Of one image only: the other's files must not stand in for it.
        try folder.labels("labels/seq1/frame_0_gtFine_labelIds.png", [8])
        let matrix = try SemanticDirectoryScorer(labelSpace: .cityscapes19)
            .score(predictions: folder.file("predictions"), labels: folder.file("labels")).measure.confusion.total
        #expect(matrix[truth: 0, prediction: 0] == 1 && matrix[truth: 1, prediction: 1] == 1)
        #expect(matrix.counts.reduce(0, +) == 2)
        try FileManager.default.moveItem(
            atPath: folder.file("predictions/seq2"), toPath: folder.file("predictions/seq3"))
        let error = try #require(failure())
        #expect(error.code == .extraPrediction && error.message.contains("no label of the image seq3/frame_0 under"))
        #expect(error.message.contains("some images share a name and are told apart by their folders"))
    }

    @Test func jpegsOfClassesAreRefusedByName() throws {
        try folder.labels("labels/a.png", [0])
        _ = try folder.made("predictions/a.jpg")
        try Data("scrap".utf8).write(to: URL(fileURLWithPath: folder.file("predictions/a.jpg")))
        let error = try #require(failure())
        #expect(error.code == .unreadable)
        #expect(
            error.message.hasPrefix(
                "\(folder.file("predictions"))/a.jpg: class ids must be PNG, since JPEG changes them"))
    }

    @Test func voidLabelsCannotBeScored() throws {
        try folder.labels("labels/a.png", [255, 255])
        try folder.labels("predictions/a.png", [0, 1])
        let error = try #require(failure())
        #expect(error.code == .noLabelledPixel && error.message.contains("none of the 1 labels has a labelled pixel"))
    }

    @Test func emptyAndMissingFoldersAreRefused() throws {
        #expect(failure()?.code == .missingFolder)
        try folder.labels("labels/a.png", [0])
        try FileManager.default.createDirectory(atPath: folder.file("predictions"), withIntermediateDirectories: true)
        #expect(failure()?.code == .emptyFolder)
    }

    @Test func aFileThatIsNoImageIsNamed() throws {
        try folder.labels("labels/a.png", [0])
        try Data("not an image".utf8).write(to: URL(fileURLWithPath: folder.made("predictions/a.png")))
        let error = try #require(failure())
        #expect(error.code == .unreadable)
        #expect(error.message.hasSuffix("predictions/a.png: cannot be read as class ids; restore the file"))
    }

    @Test func camVidCannotBeScoredAsCityscapes() {
        let error = evaluationError {
            _ = try SemanticDirectoryScorer(labelSpace: .cityscapes19, predictionLabelSpace: .camvid11)
        }
        #expect(error?.code == .incompatibleLabelSpaces)
    }
}
