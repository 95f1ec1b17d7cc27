internal import Glibc

/// The boxes that a region proposal network starts from: several at each cell of each map, around the cell's corner.
///
/// With base side `b = scale * stride` and ratio `r` (height to width) an anchor is `b / sqrt(r)` wide and `b *
/// sqrt(r)` high; that of cell `(row, column)` is centred at `(column * stride, row * stride)`. Anchors that cross the
/// image's border stay (mmdetection, `AnchorGenerator` with `center_offset` 0 and `allowed_border` -1).
public struct AnchorGenerator: Sendable, Equatable {
    /// Of a pyramid's levels, finest first.
    public var strides: [Int]
    /// Side of an anchor of ratio 1, in strides.
    public var scale: Float
    /// Heights over widths.
    public var ratios: [Float]

    public init(strides: [Int] = [4, 8, 16, 32, 64], scale: Float = 8, ratios: [Float] = [0.5, 1, 2]) {
        self.strides = strides
        self.scale = scale
        self.ratios = ratios
    }

    /// Anchors of one level: cells in reading order, ratios innermost.
    ///
    /// - Parameters:
    ///   - level: index into `strides`.
    ///   - height: rows of its map.
    ///   - width: columns of its map.
    public func anchors(level: Int, height: Int, width: Int) -> [Box] {
        let stride = Float(strides[level])
        let shapes = ratios.map { shape(ratio: $0, stride: stride) }
        var anchors: [Box] = []
        anchors.reserveCapacity(height * width * ratios.count)
        for row in 0..<height {
            let y = Float(row) * stride
            for column in 0..<width {
                let x = Float(column) * stride
                for box in shapes {
                    anchors.append(Box(x1: box.x1 + x, y1: box.y1 + y, x2: box.x2 + x, y2: box.y2 + y))
                }
            }
        }
        return anchors
    }

    /// Anchors of all levels, one after another.
    ///
    /// - Parameter sizes: of the maps, one for each stride.
    public func anchors(_ sizes: [(height: Int, width: Int)]) -> [Box] {
        precondition(
            sizes.count == strides.count, "AnchorGenerator: \(sizes.count) maps for \(strides.count) strides")
        return sizes.indices.flatMap { anchors(level: $0, height: sizes[$0].height, width: sizes[$0].width) }
    }

    /// The anchor of the first cell.
    private func shape(ratio: Float, stride: Float) -> Box {
        let root = sqrtf(ratio)
        let (width, height) = (stride * (1 / root) * scale, stride * root * scale)
        return Box(x1: -0.5 * width, y1: -0.5 * height, x2: 0.5 * width, y2: 0.5 * height)
    }
}
