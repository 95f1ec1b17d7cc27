import TensorEngine
import Testing
import _TestSupport

@Suite struct PlacementTests {
    @Test func cropsAndPlacesByHand() {
        // Two images of 2 x 3 pixels and one channel.
        let maps = Tensor((0..<12).map(Float.init), shape: [2, 2, 3, 1])
        let part = maps.cropped(top: 1, left: 1, height: 1, width: 2)
        #expect(part.shape == [2, 1, 2, 1])
        #expect(part.values() == [4, 5, 10, 11])
        let placed = part.placed(inHeight: 2, width: 3, top: 0, left: 1)
        #expect(placed.values() == [0, 4, 5, 0, 0, 0, 0, 10, 11, 0, 0, 0])
    }

    @Test(arguments: [(7, 5, 3), (1, 1, 1), (33, 18, 19)])
    func placingUndoesCroppingInsideTheWindow(height: Int, width: Int, channels: Int) {
        let maps = pseudoRandomTensor([2, height, width, channels], seed: 1)
        let (top, left) = (height / 3, width / 4)
        let part = maps.cropped(top: top, left: left, height: height - top, width: width - left)
        let placed = part.placed(inHeight: height, width: width, top: top, left: left)
        let (expected, actual) = (maps.values(), placed.values())
        for index in expected.indices {
            let (row, column) = (index / channels / width % height, index / channels % width)
            #expect(actual[index] == (row >= top && column >= left ? expected[index] : 0))
        }
    }

    @Test func takesEmptyParts() {
        let maps = pseudoRandomTensor([2, 3, 4, 5], seed: 1)
        let empty = maps.cropped(top: 3, left: 1, height: 0, width: 2)
        #expect(empty.shape == [2, 0, 2, 5])
        #expect(empty.placed(inHeight: 2, width: 2, top: 1, left: 0).values() == [Float](repeating: 0, count: 40))
    }

    @Test func gradientsAgreeWithDifferences() {
        let maps = pseudoRandomTensor([2, 3, 4, 2], seed: 1)
        checkGradients([maps]) { $0[0].cropped(top: 1, left: 2, height: 2, width: 1) * 2 }
        checkGradients([maps]) { $0[0].placed(inHeight: 5, width: 6, top: 2, left: 1) * 2 }
        checkGradients([maps]) { $0[0].cropped(top: 0, left: 0, height: 3, width: 4) * 2 }
    }

    @Test func partsAreAddedInPlace() {
        let maps = Tensor.ones([2, 2, 3, 1])
        maps.addInPlace(Tensor([10, 20, 30, 40], shape: [2, 1, 2, 1]), top: 1, left: 1)
        #expect(maps.values() == [1, 1, 1, 1, 11, 21, 1, 1, 1, 1, 31, 41])
    }
}
