import Mixing
import Randomness
import Testing

@Suite struct BlockMaskTests {
    @Test func aGridIsRoundedLikePythonRounds() {
        func grid(_ height: Int, _ width: Int) -> [Int] {
            var random = RandomStream(seed: 1, "test")
            let mask = BlockMask(.init(blockSize: 64), height: height, width: width, using: &random)
            return [mask.rows, mask.columns]
        }
        #expect(grid(1024, 1024) == [16, 16])
        #expect(grid(96, 160) == [2, 2])  // 1.5 and 2.5 go to the even neighbour
        #expect(grid(20, 100) == [1, 2])  // at least one
    }

    @Test func theRatioIsTheShareThatIsHidden() {
        var random = RandomStream(seed: 2, "test")
        let mask = BlockMask(.init(blockSize: 1, ratio: 0.7), height: 200, width: 200, using: &random)
        let share = Double(mask.isVisible.count { !$0 }) / 40_000
        #expect(abs(share - 0.7) < 0.01)  // four standard deviations
        var same = RandomStream(seed: 2, "test")
        #expect(mask == BlockMask(.init(blockSize: 1, ratio: 0.7), height: 200, width: 200, using: &same))
    }
}
