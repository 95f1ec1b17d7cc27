public import Annotations
import Glibc

/// How a map of logits becomes pixels of an image: resized bilinearly to the size in which the image entered the
/// network, cut to where it is no padding, and resized to the size it had before.
///
/// Both steps are linear and work on rows and columns apart, so a pixel is a sum of few cells, and no map between the
/// two is made: one line of cells is, for each row that has a cell above zero.
public struct MaskRaster: Sendable {
    /// Of the pixels.
    public let height: Int
    public let width: Int
    private let rows: ResizedAxis
    private let columns: ResizedAxis

    /// A size of maps or images.
    public typealias Size = (height: Int, width: Int)

    /// - Parameters:
    ///   - cells: size of the maps of logits.
    ///   - entered: of the image as it entered the network, with padding at the right and below.
    ///   - content: of what of it is no padding.
    ///   - size: of the pixels.
    /// - Precondition: every side is at least 1; the content is no larger than what entered.
    public init(cells: Size, entered: Size, content: Size, size: Size) {
        (height, width) = size
        rows = ResizedAxis(cells: cells.height, entered: entered.height, content: content.height, size: size.height)
        columns = ResizedAxis(cells: cells.width, entered: entered.width, content: content.width, size: size.width)
    }

    /// The pixels where logits are above 0, and the mean probability that these belong to the object.
    ///
    /// - Parameter logits: of the cells, row by row. NaN is below everything.
    /// - Returns: no pixel and 0 where no logit is above 0.
    public func object(_ logits: UnsafeBufferPointer<Float>) -> (mask: ObjectMask, confidence: Float) {
        var runs: [PixelRun] = []
        var (sum, area) = (0.0, 0)
        var line = [Float](repeating: 0, count: width)
        let isPositive = positiveRows(logits)
        for row in 0..<height where rows.cells(of: row).contains(where: { isPositive[$0] }) {
            line.withUnsafeMutableBufferPointer { fill($0, row: row, of: logits) }
            var start: Int?
            for column in 0...width {
                let isInside = column < width && line[column] > 0
                if isInside {
                    if start == nil { start = column }
                    sum += Double(1 / (1 + expf(-line[column])))
                } else if let first = start {
                    runs.append(PixelRun(row: row, start: first, end: column))
                    area += column - first
                    start = nil
                }
            }
        }
        return (ObjectMask(runs), Float(sum / (Double(area) + 1e-6)))
    }

    /// The logits of a row of pixels.
    ///
    /// - Parameters:
    ///   - line: as long as a row.
    ///   - logits: of the cells.
    public func fill(_ line: UnsafeMutableBufferPointer<Float>, row: Int, of logits: UnsafeBufferPointer<Float>) {
        let count = columns.cellCount
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { cells in
            cells.initialize(repeating: 0)
            for (cell, weight) in rows.shares(of: row) {
                let source = logits[cell * count..<(cell + 1) * count]
                for (column, value) in source.enumerated() { cells[column] += weight * value }
            }
            for column in 0..<width { line[column] = columns.sum(cells, at: column) }
        }
    }

    /// Of each row of cells, whether one is above 0.
    private func positiveRows(_ logits: UnsafeBufferPointer<Float>) -> [Bool] {
        (0..<rows.cellCount).map { row in
            logits[row * columns.cellCount..<(row + 1) * columns.cellCount].contains { $0 > 0 }
        }
    }
}

/// One axis: each pixel as a sum of neighbouring cells.
private struct ResizedAxis: Sendable {
    let cellCount: Int
    /// First cell of each pixel.
    private let first: [Int]
    /// Where the shares of each pixel begin, and the end.
    private let starts: [Int]
    private let shares: [Float]

    init(cells: Int, entered: Int, content: Int, size: Int) {
        precondition(
            min(cells, content, size) >= 1 && content <= entered,
            "MaskRaster: cannot make \(size) pixels of \(content) of \(entered) pixels and \(cells) cells")
        cellCount = cells
        var (first, starts, shares) = ([Int](), [0], [Float]())
        for pixel in 0..<size {
            let inner = Self.taps(pixel, from: content, to: size).flatMap { tap in
                Self.taps(tap.place, from: cells, to: entered).map { (place: $0.place, share: tap.share * $0.share) }
            }
            let places = inner.map(\.place)
            let low = places.min() ?? 0
            var sums = [Float](repeating: 0, count: (places.max() ?? 0) - low + 1)
            for (place, share) in inner { sums[place - low] += share }
            first.append(low)
            shares += sums
            starts.append(shares.count)
        }
        (self.first, self.starts, self.shares) = (first, starts, shares)
    }

    /// The elements that an element of a resized axis lies between, as PyTorch's `interpolate` without aligned corners.
    private static func taps(_ place: Int, from: Int, to: Int) -> [(place: Int, share: Float)] {
        if from == to { return [(place, 1)] }
        let position = max(0, (Float(place) + 0.5) * (Float(from) / Float(to)) - 0.5)
        let low = min(Int(position), from - 1)
        let fraction = position - Float(low)
        guard fraction > 0, low + 1 < from else { return [(low, 1)] }
        return [(low, 1 - fraction), (low + 1, fraction)]
    }

    func cells(of pixel: Int) -> Range<Int> { first[pixel]..<first[pixel] + starts[pixel + 1] - starts[pixel] }

    /// The cells of a pixel with their shares.
    func shares(of pixel: Int) -> Zip2Sequence<Range<Int>, ArraySlice<Float>> {
        zip(cells(of: pixel), shares[starts[pixel]..<starts[pixel + 1]])
    }

    func sum(_ cells: UnsafeMutableBufferPointer<Float>, at pixel: Int) -> Float {
        var sum: Float = 0
        let shift = first[pixel] - starts[pixel]
        for place in starts[pixel]..<starts[pixel + 1] { sum += shares[place] * cells[place + shift] }
        return sum
    }
}
