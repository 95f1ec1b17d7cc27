import Detection
import Testing
import _TestSupport
import WeightFiles

struct AnchorGeneratorTests {
    @Test func anImageOf512PixelsHas65472Anchors() {
        let sizes = [128, 64, 32, 16, 8].map { (height: $0, width: $0) }
        let anchors = AnchorGenerator().anchors(sizes)
        #expect(anchors.count == 65_472)
        expectClose(coordinates([anchors[0]]), [-22.627417, -11.3137085, 22.627417, 11.3137085], tolerance: 1e-7)
    }

    @Test func anchorsOfAnySizeAgreeWithTheFormula() throws {
        let fixture = try DetectionFixture()
        let anchors = AnchorGenerator().anchors(DetectionFixture.sizes)
        // Sides of 1024 pixels in single precision.
        expectClose(coordinates(anchors), try fixture.floats("anchors"), tolerance: 1e-6)
    }

    @Test func cellsComeInReadingOrderWithRatiosInnermost() {
        let anchors = AnchorGenerator(strides: [4], scale: 2, ratios: [1, 4]).anchors([(height: 2, width: 3)])
        #expect(anchors.map { ($0.x1 + $0.x2) / 2 } == [0, 0, 4, 4, 8, 8, 0, 0, 4, 4, 8, 8])
        #expect(anchors.map { ($0.y1 + $0.y2) / 2 } == [0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4])
        #expect(anchors[0] == Box(x1: -4, y1: -4, x2: 4, y2: 4))
        #expect(anchors[1] == Box(x1: -2, y1: -8, x2: 2, y2: 8))
    }

    @Test func anEmptyMapHasNoAnchors() {
        #expect(AnchorGenerator(strides: [4]).anchors([(height: 0, width: 3)]).isEmpty)
    }
}
