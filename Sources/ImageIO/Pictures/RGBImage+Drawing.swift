extension PixelImage where Scalar == UInt8 {
    /// A picture of one colour.
    public init(height: Int, width: Int, color: SIMD3<UInt8>) {
        self.init(height: height, width: width, channels: 3, filledWith: 0)
        for index in 0..<height * width { set(index, to: color) }
    }

    /// Copies `image` with its upper left corner at (`y`, `x`); what lies outside is left out.
    ///
    /// - Precondition: both have the same number of channels.
    public mutating func paste(_ image: PixelImage<UInt8>, y: Int, x: Int) {
        precondition(image.channels == channels, "paste: \(image.channels) channels onto \(channels)")
        let (left, right) = (max(0, x), min(width, x + image.width))
        guard left < right else { return }
        for row in max(0, y)..<max(0, y, min(height, y + image.height)) {
            let from = ((row - y) * image.width + left - x) * channels
            let to = (row * width + left) * channels
            let count = (right - left) * channels
            pixels.replaceSubrange(to..<to + count, with: image.pixels[from..<from + count])
        }
    }

    /// Writes one line of text with its upper left corner at (`y`, `x`); what lies outside is left out.
    ///
    /// - Parameters:
    ///   - text: printable ASCII; other characters show as question marks.
    ///   - scale: pixels a dot of the font.
    /// - Precondition: three channels.
    public mutating func draw(_ text: String, y: Int, x: Int, color: SIMD3<UInt8>, scale: Int = 1) {
        precondition(channels == 3, "draw: text needs 3 channels, got \(channels)")
        for (position, character) in text.enumerated() {
            let corner = x + position * BitmapFont.advance * scale
            for (column, dots) in BitmapFont.columns(of: character).enumerated() {
                for row in 0..<BitmapFont.height where dots >> row & 1 == 1 {
                    fill(y: y + row * scale, x: corner + column * scale, side: scale, color: color)
                }
            }
        }
    }

    private mutating func fill(y: Int, x: Int, side: Int, color: SIMD3<UInt8>) {
        for row in y..<y + side where row >= 0 && row < height {
            for column in x..<x + side where column >= 0 && column < width { set(row * width + column, to: color) }
        }
    }

    private mutating func set(_ index: Int, to color: SIMD3<UInt8>) {
        for c in 0..<3 { pixels[3 * index + c] = color[c] }
    }
}
