import SegmentationModels
import Testing

@Suite struct SlidingWindowGridTests {
    private func starts(_ length: Int, window: Int, stride: Int) -> [Int] {
        SlidingWindowGrid(windowHeight: window, windowWidth: window, strideHeight: stride, strideWidth: stride)
            .rows(imageHeight: length).starts
    }

    @Test func publishedSizesHaveThePublishedWindows() {
        let grid = SlidingWindowGrid(windowHeight: 1024, windowWidth: 1024, strideHeight: 512, strideWidth: 512)
        // Cityscapes: 1 x 3 windows
        #expect(grid.rows(imageHeight: 1024).starts == [0])
        #expect(grid.columns(imageWidth: 2048).starts == [0, 512, 1024])
        // ACDC and Dark Zurich: 2 x 3 windows, the last ones moved inwards
        #expect(grid.rows(imageHeight: 1080).starts == [0, 56])
        #expect(grid.columns(imageWidth: 1920).starts == [0, 512, 896])
    }

    @Test func theLastWindowEndsAtTheBorder() {
        #expect(starts(7, window: 4, stride: 2) == [0, 2, 3])
        #expect(starts(8, window: 4, stride: 2) == [0, 2, 4])
        #expect(starts(8, window: 4, stride: 4) == [0, 4])
        #expect(starts(5, window: 4, stride: 4) == [0, 1])
    }

    @Test func aShortAxisHasOneWindowOfItsLength() {
        let grid = SlidingWindowGrid(windowHeight: 4, windowWidth: 4, strideHeight: 2, strideWidth: 2)
        #expect(grid.rows(imageHeight: 3).starts == [0])
        #expect(grid.rows(imageHeight: 3).windowLength == 3)
        #expect(grid.rows(imageHeight: 4).windowLength == 4)
    }

    @Test(arguments: 1...40) func everyPixelIsCovered(length: Int) {
        for (window, stride) in [(4, 1), (4, 3), (4, 4), (9, 5)] {
            let grid = SlidingWindowGrid(
                windowHeight: window, windowWidth: window, strideHeight: stride, strideWidth: stride)
            let axis = grid.rows(imageHeight: length)
            #expect(axis.coverage(length: length).allSatisfy { $0 >= 1 })
            #expect(axis.coverage(length: length).reduce(0, +) == axis.starts.count * axis.windowLength)
        }
    }
}
