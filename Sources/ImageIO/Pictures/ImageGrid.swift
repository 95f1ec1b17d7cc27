/// Pictures side by side with captions below, for reports and previews.
///
///     var grid = ImageGrid(columnCount: 3)
///     grid.add(image, caption: "image")
///     grid.add(prediction.colored(palette: space.palette), caption: "prediction")
///     try ImageCodec.writePNG(grid.rendered(), to: path)
///
/// Tiles fill rows from the left; a column is as wide as its widest tile, a row as high as its highest. Captions that
/// are too long for their column go on in further lines.
public struct ImageGrid: Sendable {
    public let columnCount: Int
    /// Space around tiles.
    public let marginPixels: Int
    /// Pixels a dot of the captions' font; 1 for all captions when one is too long for its column.
    public let textScale: Int
    public let background: SIMD3<UInt8>
    public let textColor: SIMD3<UInt8>
    private var tiles: [(image: RGBImage, caption: String)] = []

    /// - Precondition: at least one column, a margin that is not negative, and a positive text scale.
    public init(
        columnCount: Int, marginPixels: Int = 6, textScale: Int = 2,
        background: SIMD3<UInt8> = SIMD3(repeating: 255), textColor: SIMD3<UInt8> = SIMD3(repeating: 32)
    ) {
        precondition(
            columnCount > 0 && marginPixels >= 0 && textScale > 0,
            "ImageGrid: \(columnCount) columns, margin \(marginPixels), text scale \(textScale)")
        self.columnCount = columnCount
        self.marginPixels = marginPixels
        self.textScale = textScale
        self.background = background
        self.textColor = textColor
    }

    /// Adds a tile to the right of the last, or to a new row.
    ///
    /// - Parameter caption: of at most four lines of the column's width; empty for none.
    /// - Precondition: three channels.
    public mutating func add(_ image: RGBImage, caption: String = "") {
        precondition(image.channels == 3, "ImageGrid: a tile needs 3 channels, got \(image.channels)")
        tiles.append((image, caption))
    }

    /// The whole picture; one margin square for no tiles.
    public func rendered() -> RGBImage {
        let columnWidths = (0..<min(columnCount, tiles.count)).map { column in
            stride(from: column, to: tiles.count, by: columnCount).map { tiles[$0].image.width }.max() ?? 0
        }
        let rows = stride(from: 0, to: tiles.count, by: columnCount).map { start in
            Array(tiles[start..<min(start + columnCount, tiles.count)])
        }
        let scale = captionScale(columnWidths)
        let captions = rows.map { row in
            zip(row, columnWidths).map { tile, width in
                Self.lines(tile.caption, characters: BitmapFont.characterCount(in: width, scale: scale))
            }
        }
        let heights = zip(rows, captions).map { height(ofRow: $0, $1, scale: scale) }
        var picture = RGBImage(
            height: heights.reduce(marginPixels) { $0 + $1 + marginPixels },
            width: columnWidths.reduce(marginPixels) { $0 + $1 + marginPixels }, color: background)
        var y = marginPixels
        for ((row, captions), height) in zip(zip(rows, captions), heights) {
            var x = marginPixels
            for ((tile, lines), width) in zip(zip(row, captions), columnWidths) {
                picture.paste(tile.image, y: y, x: x)
                for (index, line) in lines.enumerated() {
                    let top = y + tile.image.height + scale + index * (BitmapFont.height + 1) * scale
                    picture.draw(line, y: top, x: x, color: textColor, scale: scale)
                }
                x += width + marginPixels
            }
            y += height + marginPixels
        }
        return picture
    }

    private func captionScale(_ columnWidths: [Int]) -> Int {
        let allFit = tiles.enumerated().allSatisfy { index, tile in
            let width = columnWidths[index % columnCount]
            return tile.caption.count <= BitmapFont.characterCount(in: width, scale: textScale)
        }
        return allFit ? textScale : 1
    }

    private func height(ofRow row: [(image: RGBImage, caption: String)], _ captions: [[String]], scale: Int) -> Int {
        zip(row, captions).map { tile, lines in
            tile.image.height + (lines.isEmpty ? 0 : scale + (lines.count * (BitmapFont.height + 1) - 1) * scale)
        }.max() ?? 0
    }

    /// Lines that a caption may have.
    static let largestLineCount = 4

    /// A caption in lines of at most so many characters, broken at spaces where it has any; what does not fit into the
    /// lines there may be is left out.
    static func lines(_ caption: String, characters: Int) -> [String] {
        guard characters > 0 else { return [] }
        var lines: [String] = []
        for word in caption.split(separator: " ") {
            var rest = word
            if let last = lines.last, last.count + 1 + rest.count <= characters {
                lines[lines.count - 1] = "\(last) \(rest)"
                continue
            }
            while !rest.isEmpty {
                lines.append(String(rest.prefix(characters)))
                rest = rest.dropFirst(characters)
            }
        }
        return Array(lines.prefix(largestLineCount))
    }
}
