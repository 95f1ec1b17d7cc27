import Datasets
import Evaluation
import ImageIO
import Testing
import _TestSupport

private func row(_ values: [UInt8]) -> LabelMap {
    LabelMap(height: 1, width: values.count, channels: 1, pixels: values)
}

private func isClose(_ one: Double?, _ other: Double?) -> Bool {
    guard let one, let other else { return one == nil && other == nil }
    return abs(one - other) <= 1e-12 * 100
}

@Suite struct SemanticScoresTests {
    @Test func handMadeCountsGiveHandMadeScores() {
        var matrix = ConfusionMatrix(classCount: 3)
        matrix.add(labels: row([0, 0, 0, 1, 1, 255]), predictions: row([0, 0, 1, 1, 255, 2]))
        #expect(matrix.counts == [2, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0])
        let scores = SemanticScores(matrix)
        // Class 0: 2 hits, 1 miss. Class 1: 1 hit, 1 miss, 1 false alarm. Class 2 is predicted on an ignored pixel.
        #expect(isClose(scores.classIoU[0], 200.0 / 3))
        #expect(isClose(scores.classIoU[1], 100.0 / 3))
        #expect(scores.classIoU[2] == nil)
        #expect(isClose(scores.meanIoU, 50))
        #expect(isClose(scores.pixelAccuracy, 60))
    }

    @Test func scoresEqualThoseOfAnotherProgram() throws {
        let fixture = try ScoreFixture.load()
        var matrix = ConfusionMatrix(classCount: 19)
        for index in 0..<3 {
            let pair = try ScoreFixture.pair(index)
            matrix.add(labels: pair.labels, predictions: pair.predictions)
        }
        #expect(matrix.counts == fixture.counts)
        let scores = SemanticScores(matrix)
        #expect(zip(scores.classIoU, fixture.classIoU).allSatisfy(isClose))
        #expect(isClose(scores.meanIoU, fixture.meanIoU))
        #expect(isClose(scores.pixelAccuracy, fixture.pixelAccuracy))
        let some = SemanticScores(matrix, evaluatedTrainIDs: [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18])
        #expect(isClose(some.meanIoU, fixture.meanIoU16))
        #expect(some.classIoU[9] == nil)
        #expect(isClose(some.classIoU[10], fixture.classIoU[10]))
    }

    @Test func matricesOfPartsAddUp() throws {
        var whole = ConfusionMatrix(classCount: 19)
        var sum = ConfusionMatrix(classCount: 19)
        for index in 0..<3 {
            let pair = try ScoreFixture.pair(index)
            whole.add(labels: pair.labels, predictions: pair.predictions)
            var part = ConfusionMatrix(classCount: 19)
            part.add(labels: pair.labels, predictions: pair.predictions)
            sum += part
        }
        #expect(sum == whole)
    }

    @Test func noPixelsGiveNoScores() {
        var matrix = ConfusionMatrix(classCount: 2)
        matrix.add(labels: row([255]), predictions: row([1]))
        matrix.add(labels: row([]), predictions: row([]))
        let scores = SemanticScores(matrix)
        #expect(scores.classIoU == [nil, nil])
        #expect(scores.meanIoU == nil)
        #expect(scores.pixelAccuracy == nil)
    }

    @Test func aClassThatIsOnlyPredictedScoresZero() {
        var matrix = ConfusionMatrix(classCount: 2)
        matrix.add(labels: row([0, 0]), predictions: row([0, 1]))
        #expect(SemanticScores(matrix).classIoU == [50, 0])
    }
}

@Suite struct LabelProjectionTests {
    @Test func cityscapesClassesAreReadAsCamVid() throws {
        let projection = try LabelProjection(from: .cityscapes19, to: .camvid11)
        // road, wall, traffic light, train, rider, ignored
        #expect(projection(row([0, 3, 6, 16, 12, 255])).pixels == [3, 1, 6, 8, 10, 255])
    }

    @Test func oneSpaceIsLeftAsItIs() throws {
        let projection = try LabelProjection(from: .camvid11, to: .camvid11)
        #expect(projection(row([0, 10, 255])).pixels == [0, 10, 255])
    }

    @Test func mergedClassesAreNotToldApart() {
        let error = #expect(throws: EvaluationError.self) {
            try LabelProjection.scoring(.camvid11, as: .cityscapes19)
        }
        #expect(error?.code == .incompatibleLabelSpaces)
        #expect(
            error?.message.hasPrefix(
                "classes of camvid11 cannot be read as cityscapes19: no map leads from one to the other; add") == true)
    }
}
