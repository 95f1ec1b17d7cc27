import Annotations
import ImageIO
import Mixing
import Testing

@Suite struct AutomaticThresholdsTests {
    private func objects(_ trainID: UInt8, _ scores: [Float]) -> [AnnotatedObject] {
        scores.map {
            AnnotatedObject(trainID: trainID, mask: ObjectMask([PixelRun(row: 0, start: 0, end: 2)]), score: $0)
        }
    }

    private func thresholds(
        _ images: [[AnnotatedObject]], steps: Int = 1, _ change: (inout AutomaticThresholds.Config) -> Void = { _ in }
    ) -> AutomaticThresholds {
        var config = AutomaticThresholds.Config()
        change(&config)
        var found = AutomaticThresholds(config, classCount: 4)
        for _ in 0..<steps { found.add(found.occurrences(in: images)) }
        return found
    }

    @Test func nothingSeenMeansThatOnlyTheSurestAreSure() {
        #expect(thresholds([[]]).thresholds == ScoreThresholds(0.95))
        #expect(thresholds([objects(1, [0.5, 0.3, 0.1])]).thresholds == ScoreThresholds(0.95))
    }

    /// Doubtful ones up to 0.6 and sure ones from 0.9: the threshold is the middle of the gap.
    @Test func theThresholdLiesBetweenDoubtfulAndSure() {
        let found = thresholds([objects(2, [0.555, 0.575, 0.595, 0.905, 0.955, 0.985])], steps: 20)
        let middle = (0.60 + 0.90) / 2
        #expect(abs(Double(found.thresholds[2]) - middle) < 0.006)
        let sure = objects(2, [0.595, 0.905]).surer(than: found.thresholds)
        #expect(sure.map(\.score) == [0.905])
    }

    /// A teacher that is sure of little has low thresholds, one that is sure of everything high ones.
    @Test func theThresholdFollowsTheTeacher() {
        let timid = thresholds([objects(1, [0.52, 0.54, 0.56, 0.68, 0.72])], steps: 20).thresholds[1]
        let bold = thresholds([objects(1, [0.78, 0.82, 0.98, 0.99, 0.995])], steps: 20).thresholds[1]
        #expect((0.56...0.68).contains(timid) && (0.82...0.95).contains(bold), "\(timid), \(bold)")
    }

    /// Objects that are as likely something else say nothing of where sure ones begin.
    @Test func scoresBelowAHalfDoNotCount() {
        let some = objects(2, [0.55, 0.6, 0.9, 0.95])
        let noise = objects(2, [Float](repeating: 0.1, count: 500))
        #expect(thresholds([some]).thresholds == thresholds([some + noise]).thresholds)
    }

    /// Three of a class that the others help; a thousand speak for themselves.
    @Test func rareClassesAreHelpedByAll() {
        let many = objects(1, (0..<100).map { $0 % 2 == 0 ? 0.61 : 0.97 })
        let few = objects(2, [0.71, 0.73, 0.75])
        let found = thresholds([many + few]).thresholds
        #expect(abs(found[2] - found[1]) < 0.1)
        #expect(found[3] == found.ofOthers)
        let grown = thresholds([many + few], steps: 400).thresholds
        #expect(grown[2] < 0.75 && grown[1] > 0.75, "\(grown[2]), \(grown[1])")
    }

    @Test func theBoundsHold() {
        let high = thresholds([objects(1, [0.97, 0.999])], steps: 50).thresholds[1]
        #expect(high == 0.95)
        let low = thresholds([objects(1, [0.51, 0.52, 0.99])], steps: 50) { ($0.lowest, $0.highest) = (0.5, 0.6) }
        #expect(low.thresholds[1] == 0.6)
    }

    @Test func whatWasLongAgoFades() {
        var found = thresholds([objects(1, [0.55, 0.7])], steps: 100) { $0.memorySteps = 10 }
        let before = found.thresholds[1]
        for _ in 0..<100 { found.add(found.occurrences(in: [objects(1, [0.8, 0.99])])) }
        #expect(before < 0.7 && found.thresholds[1] > 0.8)
    }

    /// Counts of two students add up to those of one with all images.
    @Test func imagesMayBeDividedAmongStudents() {
        let images = [objects(1, [0.6, 0.9]), objects(2, [0.7]), objects(1, [0.95, 0.55])]
        let found = AutomaticThresholds(.init(), classCount: 4)
        let whole = found.occurrences(in: images)
        let parts = [found.occurrences(in: [images[0]]), found.occurrences(in: Array(images[1...]))]
        #expect(zip(parts[0], parts[1]).map { $0 + $1 } == whole)
        #expect(whole.reduce(0, +) == 5)
    }
}
