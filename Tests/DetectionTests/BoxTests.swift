import Annotations
import Detection
import Testing

struct BoxTests {
    @Test func boxOfAMaskHoldsTheIndicesOfItsLastPixels() {
        let box = Box(inclusive: PixelBox(top: 2, left: 3, height: 4, width: 1))
        #expect(box == Box(x1: 3, y1: 2, x2: 3, y2: 5))
        #expect(box.width == 0)
        #expect(box.height == 3)
    }
}
