import TensorEngine
import Testing
import _TestSupport

@Suite struct WindowTests {
    @Test func cutsPaddedMapsRowByRow() {
        // Two images of 3 x 5 cells, windows of 2: two rows of three windows each.
        let maps = Tensor((1...30).map(Float.init), shape: [2, 3, 5, 1])
        let windows = maps.windows(WindowGrid(batch: 2, height: 3, width: 5, side: 2))
        #expect(windows.shape == [12, 4, 1])
        #expect(
            Array(windows.values().prefix(24))
                == [1, 2, 6, 7, 3, 4, 8, 9, 5, 0, 10, 0, 11, 12, 0, 0, 13, 14, 0, 0, 15, 0, 0, 0])
        #expect(Array(windows.values().suffix(24).prefix(4)) == [16, 17, 21, 22])
    }

    @Test func aShiftMovesPaddedMapsUpAndLeft() {
        // Padded to 4 x 4 and moved by 1: the first row and column come last, padding included.
        let map = Tensor((1...9).map(Float.init), shape: [1, 3, 3, 1])
        let windows = map.windows(WindowGrid(batch: 1, height: 3, width: 3, side: 2, shift: 1))
        #expect(windows.values() == [5, 6, 8, 9, 0, 4, 0, 7, 0, 0, 2, 3, 0, 0, 0, 1])
    }

    @Test(arguments: [(1, 1, 7, 3), (15, 19, 7, 3), (14, 21, 7, 0), (5, 2, 4, 2), (3, 3, 1, 0)])
    func joiningUndoesCutting(height: Int, width: Int, side: Int, shift: Int) {
        let grid = WindowGrid(batch: 2, height: height, width: width, side: side, shift: shift)
        let maps = pseudoRandomTensor([2, height, width, 3], seed: 1)
        let windows = maps.windows(grid)
        #expect(windows.shape == [2 * grid.rows * grid.columns, side * side, 3])
        #expect(windows.unwindowed(grid).values() == maps.values())
        let sums = [maps, windows].map { $0.values().reduce(0) { $0 + Double($1.magnitude) } }
        #expect(abs(sums[0] - sums[1]) < 1e-9 * max(1, sums[0]))
    }

    @Test func pairsAreVisibleInsideARegionOfTheShiftedMap() throws {
        let grid = WindowGrid(batch: 1, height: 4, width: 4, side: 2, shift: 1)
        let visible = try #require(grid.visiblePairs())
        #expect(visible.shape == [4, 4, 4])
        let pairs = visible.values()
        func window(_ index: Int) -> [[Float]] { (0..<4).map { Array(pairs[(index * 4 + $0) * 4..<(index * 4 + $0 + 1) * 4]) } }
        // Inside, all see all; at the right, columns are apart; below, rows; in the corner everybody is alone.
        #expect(window(0) == [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]])
        #expect(window(1) == [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
        #expect(window(2) == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
        #expect(window(3) == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        #expect(WindowGrid(batch: 1, height: 4, width: 4, side: 2).visiblePairs() == nil)
    }

    @Test func gradientsAgreeWithDifferences() {
        let grid = WindowGrid(batch: 2, height: 3, width: 4, side: 3, shift: 1)
        checkGradients([pseudoRandomTensor([2, 3, 4, 2], seed: 1)]) { $0[0].windows(grid) * 2 }
        checkGradients([pseudoRandomTensor([2 * 2, 9, 2], seed: 2)]) { $0[0].unwindowed(grid) * 2 }
    }

    @Test func windowsAreMadeAgainWhereARuleKeepsThem() {
        // The square keeps its input, and the norm before can be made again: the gradient is that of kept values.
        let grid = WindowGrid(batch: 1, height: 3, width: 2, side: 2, shift: 1)
        checkGradients([pseudoRandomTensor([1, 3, 2, 2], seed: 3)]) { $0[0].gelu().windows(grid).squared() }
    }

    @Test func mapsWithoutChannelsAreCutToo() {
        let grid = WindowGrid(batch: 1, height: 3, width: 2, side: 2)
        #expect(Tensor.zeros([1, 3, 2, 0]).windows(grid).shape == [2, 4, 0])
    }
}
