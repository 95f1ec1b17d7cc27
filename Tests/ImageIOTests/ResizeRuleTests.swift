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

    @Test(arguments: [
        // Half is enough, a little more than half is not, and a side that does not divide is never cut.
        (1024, 2048, 512, 1024, 2), (1024, 2048, 513, 1026, 1), (1052, 1914, 263, 479, 2), (1052, 1915, 263, 479, 1),
        (1024, 2048, 256, 512, 4), (1024, 2048, 250, 500, 4), (1024, 2048, 64, 128, 8), (1024, 2048, 2048, 4096, 1),
    ])
    func reductionNeverFallsBelowTheSize(height: Int, width: Int, boxHeight: Int, boxWidth: Int, expected: Int) {
        let rule = ResizeRule.fitting(height: boxHeight, width: boxWidth)
        #expect(rule.reduction(height: height, width: width) == expected)
        #expect(ResizeRule.none.reduction(height: height, width: width) == 1)
    }

    /// EDAPS' `ResizeWithPad`: the box is not turned, the other side is cut to a whole number.
    @Test(arguments: [
        (2448, 3264, 768, 1024), (3264, 2448, 768, 576), (1080, 1920, 576, 1024), (3024, 4032, 768, 1024),
        (2160, 4096, 540, 1024), (999, 1000, 768, 768), (700, 10_000, 71, 1024), (10_000, 1, 768, 1),
    ])
    func paddedBoxesStandAsTheyAre(height: Int, width: Int, newHeight: Int, newWidth: Int) {
        let rule = ResizeRule.padding(height: 768, width: 1024, interpolation: .bicubic)
        let size = rule.size(height: height, width: width)
        #expect(size.height == newHeight && size.width == newWidth)
        #expect(rule.paddedSize?.height == 768 && rule.paddedSize?.width == 1024)
        #expect(ResizeRule.fitting(height: 768, width: 1024).paddedSize == nil)
    }

    @Test func leavesFilesAsTheyAreOnRequestAndNoSideEmpty() {
        #expect(ResizeRule.none.size(height: 33, width: 7) == (33, 7))
        #expect(ResizeRule.fitting(height: 10, width: 10).size(height: 1, width: 1000) == (1, 10))
    }
}
