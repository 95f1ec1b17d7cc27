import Detection
import Testing
import _TestSupport
import WeightFiles

struct SuppressionTests {
    @Test(arguments: [(Float(0.5), 1000), (0.7, 1000), (0.5, 25)])
    func whatStaysAgreesWithTheFormula(_ overlap: Float, _ limit: Int) throws {
        let fixture = try DetectionFixture()
        let kept = Suppression(overlap: overlap, limit: limit).kept(
            try fixture.boxes("nms.boxes"), scores: try fixture.floats("nms.scores"),
            groups: try fixture.integers("nms.groups"))
        #expect(try kept == fixture.integers("nms.\(overlap).\(limit)"))
    }

    @Test func ofEqualBoxesAndScoresTheFirstStays() {
        let box = Box(x1: 0, y1: 0, x2: 4, y2: 4)
        let suppression = Suppression(overlap: 0.5, limit: 10)
        #expect(suppression.kept([box, box, box], scores: [1, 2, 2], groups: [0, 0, 0]) == [1])
        #expect(suppression.kept([box, box, box], scores: [1, 2, 2], groups: [0, 1, 0]) == [1, 2])
        #expect(suppression.kept([box, box], scores: [-0.0, 0], groups: [0, 0]) == [0])
    }

    @Test func anOverlapOfExactlyTheThresholdStays() {
        let boxes = [Box(x1: 0, y1: 0, x2: 4, y2: 4), Box(x1: 0, y1: 0, x2: 4, y2: 2)]
        #expect(Suppression(overlap: 0.5, limit: 10).kept(boxes, scores: [2, 1], groups: [0, 0]) == [0, 1])
        #expect(Suppression(overlap: 0.49, limit: 10).kept(boxes, scores: [2, 1], groups: [0, 0]) == [0])
    }

    @Test func scoresThatAreNoNumbersDoNotStay() {
        let boxes = (0..<4).map { Box(x1: Float($0) * 10, y1: 0, x2: Float($0) * 10 + 5, y2: 5) }
        let kept = Suppression(overlap: 0.5, limit: 10).kept(
            boxes, scores: [.nan, -.infinity, 3, .infinity], groups: [0, 0, 0, 0])
        #expect(kept == [3, 2, 1])
    }

    @Test func boxesWithoutAreaNeitherSuppressNorTrap() {
        let thin = Box(x1: 2, y1: 0, x2: 2, y2: 4)
        let kept = Suppression(overlap: 0, limit: 10).kept(
            [thin, thin, Box(x1: 0, y1: 0, x2: 4, y2: 4)], scores: [3, 2, 1], groups: [0, 0, 0])
        #expect(kept == [0, 1, 2])
    }

    @Test func nothingStaysOfNothing() {
        #expect(Suppression(overlap: 0.5, limit: 10).kept([], scores: [], groups: []).isEmpty)
        let box = Box(x1: 0, y1: 0, x2: 1, y2: 1)
        #expect(Suppression(overlap: 0.5, limit: 0).kept([box], scores: [1], groups: [0]).isEmpty)
    }
}
