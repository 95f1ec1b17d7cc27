import Datasets
import Evaluation
import ImageIO
import Testing
import _TestSupport

@Suite struct DatasetScoresTests {
    private func map(_ pixels: [UInt8]) -> LabelMap {
        LabelMap(height: 1, width: pixels.count, channels: 1, pixels: pixels)
    }

    /// Fog: class 0 right 3 of 4, class 1 right 1 of 1. Night: class 0 all wrong.
    private func confusion() -> ConfusionByCondition {
        var confusion = ConfusionByCondition(classCount: 19, conditions: [.night, .fog, .fog])
        confusion.add(labels: map([0, 0, 0, 255]), predictions: map([0, 0, 1, 5]), condition: .fog)
        confusion.add(labels: map([0, 1]), predictions: map([0, 1]), condition: .fog)
        confusion.add(labels: map([0, 0]), predictions: map([1, 1]), condition: .night)
        return confusion
    }

    @Test func conditionsHaveTheirOwnMeansAndTheTotalPoolsPixels() throws {
        let scores = DatasetScores(confusion())
        // class 0: 3 hits of 6; class 1: 1 hit, 3 false alarms
        #expect(scores.overall.classIoU[0] == 50 && scores.overall.classIoU[1] == 25)
        #expect(scores.overall.meanIoU == 37.5)
        #expect(scores.furtherMeans.map(\.name) == ["fog", "night"])
        // fog: 3 of 4 and 1 of 2; night: 0 of 2 and 0 of 2
        #expect(scores.furtherMeans.map(\.meanIoU) == [62.5, 0])
    }

    @Test func oneConditionOrNoneNeedsNoFurtherMean() {
        var night = ConfusionByCondition(classCount: 19, conditions: [.night])
        night.add(labels: map([0]), predictions: map([0]), condition: .night)
        #expect(DatasetScores(night).furtherMeans.isEmpty)
        var none = ConfusionByCondition(classCount: 19, conditions: [nil, nil])
        none.add(labels: map([0]), predictions: map([0]), condition: nil)
        #expect(DatasetScores(none).furtherMeans.isEmpty && DatasetScores(none).overall.meanIoU == 100)
    }

    @Test func countsOfRanksAddUp() {
        var first = ConfusionByCondition(classCount: 2, conditions: [.fog, .night])
        var second = first
        first.add(labels: map([0, 1]), predictions: map([0, 0]), condition: .fog)
        second.add(labels: map([1]), predictions: map([1]), condition: .night)
        for index in first.counts.indices { first.counts[index] += second.counts[index] }
        #expect(first[0][truth: 1, prediction: 0] == 1 && first[1][truth: 1, prediction: 1] == 1)
        #expect(first.total.counts.reduce(0, +) == 3)
    }

    @Test func theSixteenClassesOfSYNTHIAComeWithTheThirteen() throws {
        var confusion = ConfusionByCondition(classCount: 19, conditions: [nil])
        // road right; wall, one of the 16 but not of the 13, is taken for fence.
        confusion.add(labels: map([0, 3]), predictions: map([0, 4]), condition: nil)
        let space = LabelSpace.cityscapes19
        let sixteen = LabelSpace.synthia16.classNames.compactMap { space.trainID(of: $0) }
        let scores = DatasetScores(
            confusion, evaluatedTrainIDs: sixteen.reversed(), further: space.furtherMeans(of: sixteen))
        #expect(abs(try #require(scores.overall.meanIoU) - 100 / 3) < 1e-12)
        #expect(scores.furtherMeans.map(\.name) == ["13 classes"])
        #expect(scores.furtherMeans[0].meanIoU == 100)
    }
}
