import ImageIO
import Testing

@Suite struct ResizeRuleTests {
    @Test(arguments: [
        (1052, 1914, 720, 1280, 704, 1280), (1052, 1914, 1440, 2560, 1407, 2560), (760, 1280, 1520, 2560, 1520, 2560),
        (1024, 2048, 512, 1024, 512, 1024), (1080, 1920, 540, 960, 540, 960), (100, 50, 20, 40, 40, 20),
    ])
    func keepsTheShape(height: Int, width: Int, boxHeight: Int, boxWidth: Int, newHeight: Int, newWidth: Int) {
        let size = ResizeRule.fitting(height: boxHeight, width: boxWidth).size(height: height, width: width)
        #expect(size.height == newHeight && size.width == newWidth)
    }

    @Test func leavesFilesAsTheyAreOnRequestAndNoSideEmpty() {
        #expect(ResizeRule.none.size(height: 33, width: 7) == (33, 7))
        #expect(ResizeRule.fitting(height: 10, width: 10).size(height: 1, width: 1000) == (1, 10))
    }
}
