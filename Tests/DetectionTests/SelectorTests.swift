import Detection
import Testing
import WeightFiles
import _TestSupport

struct SelectorTests {
    private func levels(_ fixture: DetectionFixture, _ scores: [Float], _ deltas: [Float]) throws -> [LevelScores] {
        let anchors = try fixture.boxes("anchors")
        var start = 0
        return DetectionFixture.sizes.map { size in
            let places = start..<start + 3 * size.height * size.width
            start = places.upperBound
            return LevelScores(
                anchors: anchors[places], scores: scores[places],
                deltas: deltas[4 * places.lowerBound..<4 * places.upperBound])
        }
    }

    private let selector = ProposalSelector(candidatesOfALevel: 40, suppression: Suppression(overlap: 0.7, limit: 60))

    @Test func proposalsAgreeWithTheFormula() throws {
        let fixture = try DetectionFixture()
        let levels = try levels(fixture, fixture.floats("proposals.scores"), fixture.floats("proposals.deltas"))
        let proposals = selector.proposals(levels, height: 100, width: 75)
        expectClose(coordinates(proposals), try fixture.floats("proposals"), tolerance: 1e-6)
    }

    @Test func anchorsWithoutNumbersMakeNoProposal() throws {
        let fixture = try DetectionFixture()
        var (scores, deltas) = (try fixture.floats("proposals.scores"), try fixture.floats("proposals.deltas"))
        let sound = Set((0..<scores.count).filter { $0 % 3 == 0 })
        for place in scores.indices where !sound.contains(place) {
            if place % 3 == 1 { scores[place] = .nan } else { deltas[4 * place + place % 4] = .nan }
        }
        let proposals = selector.proposals(try levels(fixture, scores, deltas), height: 100, width: 75)
        #expect(proposals.count > 20)
        #expect(proposals.allSatisfy { $0.hasArea && $0.x1 >= 0 && $0.y1 >= 0 && $0.x2 <= 75 && $0.y2 <= 100 })
        let nothing = [Float](repeating: .nan, count: scores.count)
        #expect(selector.proposals(try levels(fixture, nothing, deltas), height: 100, width: 75).isEmpty)
    }

    @Test func infiniteScoresRankAndEqualOnesGoByPlace() throws {
        let fixture = try DetectionFixture()
        let count = try fixture.floats("proposals.scores").count
        let deltas = [Float](repeating: 0, count: 4 * count)
        var scores = [Float](repeating: 0, count: count)
        scores[700] = .infinity
        scores[5] = -.infinity
        let proposals = selector.proposals(try levels(fixture, scores, deltas), height: 100, width: 75)
        #expect(try proposals[0] == fixture.boxes("anchors")[700].clipped(height: 100, width: 75))
        #expect(try proposals[1] == fixture.boxes("anchors")[0].clipped(height: 100, width: 75))
    }

    private let detector = DetectionSelector(
        scoreFloor: 0.05, suppression: Suppression(overlap: 0.5, limit: 30),
        coder: BoxCoder(deviations: SIMD4(0.1, 0.1, 0.2, 0.2)))

    @Test func detectionsAgreeWithTheFormula() throws {
        let fixture = try DetectionFixture()
        let found = detector.detections(
            try fixture.boxes("detections.proposals")[...],
            probabilities: try fixture.floats("detections.probabilities")[...],
            deltas: try fixture.floats("detections.deltas")[...], classCount: 4, height: 70, width: 90)
        #expect(found.count == 30)
        #expect(try found.map(\.classIndex) == fixture.integers("detections.classes"))
        #expect(try found.map(\.score) == fixture.floats("detections.scores"))
        expectClose(coordinates(found.map(\.box)), try fixture.floats("detections.boxes"), tolerance: 1e-6)
    }

    @Test func candidatesWithoutNumbersAreNoDetections() throws {
        let proposals = [Box](repeating: Box(x1: 10, y1: 10, x2: 30, y2: 30), count: 4)
        let nan = Float.nan
        let found = detector.detections(
            proposals[...], probabilities: [nan, nan, 0.9, 0.1, .infinity, 0, 1.000001, 0],
            deltas: [0, 0, 0, 0, 0, nan, 0, 0, 0, 0, 0, 0, 0, 0, 0, .infinity], classCount: 1, height: 70, width: 90)
        #expect(found.map(\.score) == [1])
        #expect(found.first?.box.height ?? 0 > 60)
        #expect(detector.detections([], probabilities: [], deltas: [], classCount: 8, height: 1, width: 1).isEmpty)
    }

    @Test func levelsAgreeWithTheFormula() throws {
        let fixture = try DetectionFixture()
        let levels = try fixture.boxes("levels.boxes").map { PyramidLevels().level(of: $0) }
        #expect(try levels == fixture.integers("levels"))
        #expect(Set(levels) == [0, 1, 2, 3])
    }

    @Test func anyBoxHasALevel() {
        let boxes = [
            Box(x1: 3, y1: 3, x2: 3, y2: 9), Box(x1: .nan, y1: 0, x2: 1, y2: 1), Box(x1: 0, y1: 0, x2: 1e30, y2: 1e30),
            Box(x1: 9, y1: 9, x2: 1, y2: 1000),
        ]
        #expect(boxes.map { PyramidLevels().level(of: $0) } == [0, 0, 3, 0])
    }
}
