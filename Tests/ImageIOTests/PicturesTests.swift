import ImageIO
import Testing

private let white = SIMD3<UInt8>(repeating: 255)
private let palette: [SIMD3<UInt8>] = [SIMD3(10, 20, 30), SIMD3(200, 100, 0)]

@Suite struct PicturesTests {
    @Test func labelsTakeTheirClassesColours() {
        let labels = LabelMap(height: 1, width: 3, channels: 1, pixels: [1, 0, 255])
        #expect(labels.colored(palette: palette).pixels == [200, 100, 0, 10, 20, 30, 0, 0, 0])
        #expect(labels.colored(palette: palette, outside: white).pixels.suffix(3) == [255, 255, 255])
    }

    @Test func overlaysLeaveLabelsWithoutColourClear() {
        let labels = LabelMap(height: 1, width: 2, channels: 1, pixels: [1, 255])
        let image = RGBImage(height: 1, width: 2, color: SIMD3(100, 100, 101))
        let pixels = labels.overlaid(on: image, palette: palette, alpha: 0.5).pixels
        #expect(pixels == [150, 100, 51, 100, 100, 101])
        #expect(labels.overlaid(on: image, palette: palette, alpha: 0) == image)
    }

    @Test func pastingCutsWhatLiesOutside() {
        var picture = LabelMap(height: 2, width: 3, channels: 1, filledWith: 0)
        let tile = LabelMap(height: 2, width: 2, channels: 1, pixels: [1, 2, 3, 4])
        picture.paste(tile, y: 1, x: 2)
        picture.paste(tile, y: -1, x: -1)
        picture.paste(tile, y: 5, x: 0)
        #expect(picture.pixels == [4, 0, 0, 0, 0, 1])
    }

    @Test func textIsDrawnInDots() {
        var picture = RGBImage(height: 8, width: 5, color: .zero)
        picture.draw("T", y: 0, x: 0, color: white)
        let rows = (0..<8).map { y in (0..<5).map { picture[y, $0] == 255 ? "#" : "." }.joined() }
        #expect(rows == ["#####", "#.#.#", "..#..", "..#..", "..#..", "..#..", "..#..", "....."])
        var twice = RGBImage(height: 16, width: 10, color: .zero)
        twice.draw("T", y: 0, x: 0, color: white, scale: 2)
        #expect(twice == picture.resizedNearest(height: 16, width: 10))
    }

    @Test func charactersOutsideASCIIAreQuestionMarks() {
        var picture = RGBImage(height: 8, width: 12, color: .zero)
        var question = picture
        picture.draw("\u{e9}\n", y: 0, x: 0, color: white)
        question.draw("??", y: 0, x: 0, color: white)
        #expect(picture == question)
    }

    @Test func gridsPlaceTilesInRowsWithMarginsAndCaptions() {
        var grid = ImageGrid(columnCount: 2, marginPixels: 2, textScale: 1, background: .zero, textColor: white)
        #expect(grid.rendered().pixels.count == 2 * 2 * 3)
        grid.add(RGBImage(height: 3, width: 5, color: SIMD3(1, 1, 1)), caption: "l")
        grid.add(RGBImage(height: 4, width: 6, color: SIMD3(2, 2, 2)))
        grid.add(RGBImage(height: 1, width: 1, color: SIMD3(3, 3, 3)))
        let picture = grid.rendered()
        // Rows: 3 pixels, one of space and 8 of text; then 1. Columns: 5 and 6. Margins of 2 around all.
        #expect([picture.height, picture.width] == [19, 17])
        let inside = [(2, 2), (4, 6), (2, 9), (5, 14), (16, 2)].map { picture[$0.0, $0.1] }
        #expect(inside == [1, 1, 2, 2, 3])
        let between = [(1, 2), (2, 7), (6, 9)].map { picture[$0.0, $0.1] }
        #expect(between == [0, 0, 0])
        // One letter fits the width of the first tile.
        for y in 0..<picture.height {
            for x in 0..<picture.width where picture[y, x] == 255 {
                #expect((6..<14).contains(y) && (2..<7).contains(x), "a dot at \(y), \(x)")
            }
        }
        #expect(picture.pixels.contains(255))
    }

    /// Five letters fit 30 pixels; a line has 8 dots and one of space below.
    @Test(arguments: [
        ("mixed and augmented", ["mixed", "and", "augme", "nted"]), ("a b c d e", ["a b c", "d e"]),
        ("abcde", ["abcde"]),
        ("a0123456789bcdefghijklmnop", ["a0123", "45678", "9bcde", "fghij"]),
    ])
    func longCaptionsGoOnInFurtherLines(caption: String, lines: [String]) {
        var grid = ImageGrid(columnCount: 1, marginPixels: 2, textScale: 1, background: .zero, textColor: white)
        grid.add(RGBImage(height: 3, width: 30, color: .zero), caption: caption)
        var expected = RGBImage(height: 2 + 3 + 1 + lines.count * 9 - 1 + 2, width: 34, color: .zero)
        for (index, line) in lines.enumerated() {
            expected.draw(line, y: 6 + 9 * index, x: 2, color: white, scale: 1)
        }
        #expect(grid.rendered() == expected)
    }

    @Test func allCaptionsAreSmallWhenOneIsTooLong() {
        func picture(_ caption: String, scale: Int) -> RGBImage {
            var grid = ImageGrid(columnCount: 2, textScale: scale)
            for text in ["T", caption] { grid.add(RGBImage(height: 1, width: 24, color: .zero), caption: text) }
            return grid.rendered()
        }
        // Two letters fit 24 pixels at scale 2.
        #expect(picture("TT", scale: 2) != picture("TT", scale: 1))
        #expect(picture("TTT", scale: 2) == picture("TTT", scale: 1))
    }
}
