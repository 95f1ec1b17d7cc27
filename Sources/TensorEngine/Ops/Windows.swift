/// Maps cut into square windows, where attention stays inside a window (Liu et al., "Swin Transformer",
/// arXiv:2103.14030, section 3.2).
///
/// Maps get zeros at the right and at the bottom up to whole windows, and may be shifted cyclically up and to the left
/// before they are cut. It is worked out once for all maps of one size.
public struct WindowGrid {
    public let batch, height, width: Int
    /// Cells of a window's side.
    public let side: Int
    /// Cells that maps are shifted before they are cut.
    public let shift: Int
    /// Windows of a map, below and beside each other.
    public var rows: Int { (height + side - 1) / side }
    public var columns: Int { (width + side - 1) / side }

    /// For each place of each window its cell of the batch, -1 where there is none.
    fileprivate let cells: IndexTensor
    /// For each cell of the batch its place in the windows.
    fileprivate let places: IndexTensor

    /// - Precondition: lengths of at least 1, and `0 <= shift < side`.
    public init(batch: Int, height: Int, width: Int, side: Int, shift: Int = 0) {
        precondition(
            batch >= 1 && height >= 1 && width >= 1 && side >= 1 && (0..<side).contains(shift),
            "WindowGrid: \(batch) maps of \(height) x \(width), windows of \(side), shift \(shift)")
        (self.batch, self.height, self.width, self.side, self.shift) = (batch, height, width, side, shift)
        let (rows, columns) = ((height + side - 1) / side, (width + side - 1) / side)
        let (paddedHeight, paddedWidth, area) = (rows * side, columns * side, side * side)
        var cells = [Int32](repeating: -1, count: batch * paddedHeight * paddedWidth)
        var places = [Int32](repeating: 0, count: batch * height * width)
        for image in 0..<batch {
            for row in 0..<height {
                let y = (row + paddedHeight - shift) % paddedHeight
                for column in 0..<width {
                    let x = (column + paddedWidth - shift) % paddedWidth
                    let window = (image * rows + y / side) * columns + x / side
                    let place = window * area + y % side * side + x % side
                    let cell = (image * height + row) * width + column
                    cells[place] = Int32(cell)
                    places[cell] = Int32(place)
                }
            }
        }
        self.cells = IndexTensor(cells, shape: [batch * rows * columns, area])
        self.places = IndexTensor(places, shape: [batch, height, width])
    }

    /// Which places of a window see each other, `[rows * columns, side^2, side^2]` of 0 and 1: a shift brings cells
    /// together that are no neighbours, and these do not. nil without a shift, where all do. Padding is seen as well.
    public func visiblePairs() -> Tensor? {
        guard shift > 0 else { return nil }
        // Where the wrapped cells begin, and the windows that have some.
        func bands(_ count: Int) -> [Int] {
            (0..<count * side).map { $0 < (count - 1) * side ? 0 : $0 < count * side - shift ? 1 : 2 }
        }
        let (rowBands, columnBands, area) = (bands(rows), bands(columns), side * side)
        var values: [Float] = []
        values.reserveCapacity(rows * columns * area * area)
        for row in 0..<rows {
            for column in 0..<columns {
                let regions = (0..<area).map {
                    3 * rowBands[row * side + $0 / side] + columnBands[column * side + $0 % side]
                }
                for query in regions { for key in regions { values.append(query == key ? 1 : 0) } }
            }
        }
        return Tensor(values, shape: [rows * columns, area, area])
    }
}

/// Cutting and joining are one gather of rows each, and each is the gradient of the other: cells that were padded have
/// no gradient, and places without a cell get none.
extension Tensor {
    /// Maps `[B, H, W, C]` cut into windows, `[B * rows * columns, side^2, C]`, image by image and row by row; places
    /// without a cell are zero.
    ///
    /// - Precondition: the grid is of maps of this size.
    public func windows(_ grid: WindowGrid) -> Tensor {
        precondition(
            rank == 4 && Array(shape.prefix(3)) == grid.places.shape,
            "windows: a grid of maps \(grid.places.shape) does not fit \(shape)")
        let (input, channels) = (Kept(self), shape[3])
        return cut(grid).recorded(from: [self], remadeBy: { input.take().cut(grid) }) { upstream, _ in
            [upstream.joined(grid, channels: channels)]
        }
    }

    /// Windows `[B * rows * columns, side^2, C]` put together to maps `[B, H, W, C]`; what lies in the padding is lost.
    ///
    /// - Precondition: the grid has as many windows.
    public func unwindowed(_ grid: WindowGrid) -> Tensor {
        precondition(
            rank == 3 && Array(shape.prefix(2)) == grid.cells.shape,
            "unwindowed: a grid of windows \(grid.cells.shape) does not fit \(shape)")
        return joined(grid, channels: shape[2]).recorded(from: [self]) { upstream, _ in [upstream.cut(grid)] }
    }

    private func cut(_ grid: WindowGrid) -> Tensor { rowsOffTape(grid.cells, channels: shape[3]) }

    private func joined(_ grid: WindowGrid, channels: Int) -> Tensor { rowsOffTape(grid.places, channels: channels) }

    private func rowsOffTape(_ indices: IndexTensor, channels: Int) -> Tensor {
        detached().reshapedOffTape([count / max(1, channels), channels]).gathered(indices)
    }
}
