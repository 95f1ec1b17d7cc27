import Detection
import Testing
import WeightFiles

struct OverlapAssignerTests {
    private let anchorRule = OverlapAssigner(positive: 0.7, negative: 0.3, lowQuality: 0.3)

    @Test func overlapsAgreeWithTheFormula() throws {
        let fixture = try DetectionFixture()
        let overlaps = Box.overlaps(of: try fixture.boxes("overlaps.a"), with: try fixture.boxes("overlaps.b"))
        #expect(try overlaps == fixture.floats("overlaps"))
    }

    /// Whole coordinates make ties, equal boxes and equal objects.
    @Test(arguments: [("assign.anchors", Float(0.7), Float(0.3), Float(0.3)), ("assign.proposals", 0.5, 0.5, 0.5)])
    func tiesAndLowQualityMatchesAgreeWithTheFormula(
        _ name: String, _ positive: Float, _ negative: Float, _ lowQuality: Float
    ) throws {
        let fixture = try DetectionFixture()
        let assigner = OverlapAssigner(positive: positive, negative: negative, lowQuality: lowQuality)
        let assignment = assigner.assign(try fixture.boxes("assign.boxes"), to: try fixture.boxes("assign.objects"))
        #expect(try assignment.objects.map { Int($0) } == fixture.integers(name))
    }

    @Test func anchorsOfAnImageAgreeWithTheFormula() throws {
        let fixture = try DetectionFixture()
        let assignment = anchorRule.assign(
            try fixture.boxes("anchors"), to: try fixture.boxes("assign.grid.objects"))
        #expect(try assignment.objects.map { Int($0) } == fixture.integers("assign.grid"))
    }

    @Test func allBoxesTiedAtTheBestBecomeTheObjects() {
        let object = Box(x1: 0, y1: 0, x2: 10, y2: 10)
        let boxes = [
            Box(x1: 5, y1: 0, x2: 15, y2: 10), Box(x1: -5, y1: 0, x2: 5, y2: 10), Box(x1: 6, y1: 0, x2: 16, y2: 10),
        ]
        // 1/3, 1/3 and 1/4.
        #expect(anchorRule.assign(boxes, to: [object]).objects == [0, 0, Assignment.negative])
    }

    @Test func aLaterObjectTakesABoxThatIsItsBestFromAnEarlier() {
        let box = Box(x1: 0, y1: 0, x2: 10, y2: 10)
        let objects = [box, Box(x1: 0, y1: 0, x2: 10, y2: 8)]
        #expect(anchorRule.assign([box], to: objects).objects == [1])
        let strict = OverlapAssigner(positive: 0.7, negative: 0.3, lowQuality: nil)
        #expect(strict.assign([box], to: objects).objects == [0])
    }

    @Test func betweenTheThresholdsBoxesAreIgnored() {
        let object = Box(x1: 0, y1: 0, x2: 10, y2: 10)
        let boxes = [object, Box(x1: 0, y1: 0, x2: 10, y2: 5), Box(x1: 50, y1: 50, x2: 60, y2: 60)]
        #expect(anchorRule.assign(boxes, to: [object]).objects == [0, Assignment.ignored, Assignment.negative])
    }

    @Test func withoutObjectsAllBoxesAreNegative() {
        let boxes = AnchorGenerator().anchors(DetectionFixture.sizes)
        #expect(anchorRule.assign(boxes, to: []).objects.allSatisfy { $0 == Assignment.negative })
        #expect(anchorRule.assign([], to: []).objects.isEmpty)
        #expect(anchorRule.assign([], to: [Box(x1: 0, y1: 0, x2: 1, y2: 1)]).objects.isEmpty)
    }

    @Test func objectsWithoutWidthOrNumbersGetNoBox() {
        let boxes = AnchorGenerator().anchors(DetectionFixture.sizes)
        let objects = [
            Box(x1: 20, y1: 5, x2: 20, y2: 60), Box(x1: .nan, y1: 0, x2: 30, y2: 30),
            Box(x1: 0, y1: 0, x2: .infinity, y2: .infinity),
        ]
        #expect(anchorRule.assign(boxes, to: objects).objects.allSatisfy { $0 < 0 })
    }

    @Test func fourHundredObjectsAreAssigned() {
        let boxes = AnchorGenerator().anchors([128, 64, 32, 16, 8].map { (height: $0, width: $0) })
        let objects = (0..<400).map { number -> Box in
            let (x, y) = (Float(number % 20) * 25, Float(number / 20) * 25)
            return Box(x1: x, y1: y, x2: x + 33, y2: y + 31)
        }
        let assigned = Set(anchorRule.assign(boxes, to: objects).objects)
        #expect(assigned.count == 402)
    }

    @Test func objectsBeforeTheBoxesFindThemselves() {
        let assignment = Assignment(objects: [Assignment.negative, 1]).prependingObjects(2)
        #expect(assignment.objects == [0, 1, Assignment.negative, 1])
    }
}
