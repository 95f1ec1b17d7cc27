package import Configuration
public import Randomness

/// Which square blocks of an image stay visible (MIC, Hoyer et al., arXiv:2212.01322, section 3.2).
///
/// `M[y, x] = 1` where `u > ratio`, one uniform number `u` for every block of `blockSize` pixels; the masked image is
/// `M * image`, so that hidden blocks show the mean colour of a normalised image.
public struct BlockMask: Sendable, Equatable {
    /// Defaults are those of MIC for crops of 1024 pixels.
    public struct Config: Sendable, Equatable {
        /// Side of a hidden block in pixels (MIC, table 8: 64 at crop 1024; code: 32 at crop 512).
        public var blockSize = 64
        /// Expected share of hidden blocks, in `0...1` (MIC, table 8: 0.7).
        public var ratio: Float = 0.7

        public init() {}

        public init(blockSize: Int, ratio: Float = 0.7) {
            self.blockSize = blockSize
            self.ratio = ratio
        }
    }

    public let rows: Int
    public let columns: Int
    /// Whether each block is visible, row by row.
    public let isVisible: [Bool]

    /// Draws the mask of one image.
    ///
    /// The grid has `height / blockSize` rows, rounded to the nearest (halves to even, as Python rounds), at least one.
    ///
    /// - Parameter random: one stream an image.
    public init(_ config: Config, height: Int, width: Int, using random: inout RandomStream) {
        rows = Self.blocks(in: height, config.blockSize)
        columns = Self.blocks(in: width, config.blockSize)
        isVisible = (0..<rows * columns).map { _ in random.uniform() > config.ratio }
    }

    /// A mask with known blocks, row by row.
    ///
    /// - Precondition: `rows * columns` values.
    public init(rows: Int, columns: Int, isVisible: [Bool]) {
        precondition(isVisible.count == rows * columns, "BlockMask: \(isVisible.count) blocks for \(rows)x\(columns)")
        self.rows = rows
        self.columns = columns
        self.isVisible = isVisible
    }

    private static func blocks(in length: Int, _ size: Int) -> Int {
        max(1, Int((Double(length) / Double(size)).rounded(.toNearestOrEven)))
    }

    /// Sets the hidden pixels of a normalised image to 0, in place.
    ///
    /// - Parameter pixels: `[height, width, channels]`.
    public func hide(
        in pixels: UnsafeMutableBufferPointer<Float>, height: Int, width: Int, channels: Int = 3
    ) {
        precondition(pixels.count == height * width * channels, "BlockMask: \(pixels.count) values in the image")
        for y in 0..<height {
            // The block that nearest-neighbour enlarging takes.
            let row = y * rows / height
            for x in 0..<width where !isVisible[row * columns + x * columns / width] {
                let start = (y * width + x) * channels
                for channel in 0..<channels { pixels[start + channel] = 0 }
            }
        }
    }
}

extension BlockMask.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("blockSize", &blockSize, .side(from: 1))
        try fields.field("ratio", &ratio, .closed(0...1))
    }
}
