/// Maps rolled over their edges, and cut into windows (arXiv:2103.14030, section 3.2). Each cell moves to one place at
/// most, so the gradient of each is the same move backwards.
extension Tensor {
    /// Maps `[B, h, w, C]` with every cell `shift` rows further down and columns further right, those that leave at one
    /// edge entering at the other: `output[(y + rows) mod h, (x + columns) mod w] = self[y, x]`.
    public func rolled(by shift: (rows: Int, columns: Int)) -> Tensor {
        precondition(rank == 4, "roll: input must be [B, h, w, C], got \(shape)")
        guard count > 0, !shift.rows.isMultiple(of: shape[1]) || !shift.columns.isMultiple(of: shape[2]) else {
            return self
        }
        let grid = WindowGrid(side: 1, batch: shape[0], height: shape[1], width: shape[2], shift: shift)
        let cells = [shape[0] * shape[1] * shape[2], shape[3]]
        return reshaped(cells).moved(grid.sources, gradient: grid.destinations).reshaped(shape)
    }

    /// Maps `[B, h, w, C]` cut into windows of `side` x `side` cells, `[B * rows * columns, side * side, C]`: the
    /// windows of an image in row order, and their cells too.
    ///
    /// The maps get zeros on the right and below up to a multiple of `side`, and are then rolled.
    public func windows(side: Int, rolledBy shift: (rows: Int, columns: Int) = (0, 0)) -> Tensor {
        precondition(rank == 4 && side >= 1, "windows: input must be [B, h, w, C] and side at least 1, got \(shape)")
        let grid = WindowGrid(side: side, batch: shape[0], height: shape[1], width: shape[2], shift: shift)
        let cells = [shape[0] * shape[1] * shape[2], shape[3]]
        return reshaped(cells).moved(grid.sources, gradient: grid.destinations)
            .reshaped([grid.windowCount, side * side, shape[3]])
    }

    /// The maps `[batch, height, width, C]` that `windows(side:rolledBy:)` made these windows of; what is in their
    /// padding is left out.
    ///
    /// - Parameter shift: that of `windows`; the maps are rolled back.
    public func unwindowed(
        side: Int, batch: Int, height: Int, width: Int, rolledBy shift: (rows: Int, columns: Int) = (0, 0)
    ) -> Tensor {
        precondition(side >= 1 && batch >= 0 && height >= 0 && width >= 0, "unwindowed: sizes must be positive")
        let grid = WindowGrid(side: side, batch: batch, height: height, width: width, shift: shift)
        precondition(
            rank == 3 && shape[0] == grid.windowCount && shape[1] == side * side,
            "unwindowed: \(shape) are not the windows of \(batch) maps of \(height) x \(width) cells, which are "
                + "[\(grid.windowCount), \(side * side), C]")
        return reshaped([shape[0] * shape[1], shape[2]]).moved(grid.destinations, gradient: grid.sources)
            .reshaped([batch, height, width, shape[2]])
    }

    /// Rows of the first axis picked by indices that name each row once at most; `back` picks them from the gradient.
    private func moved(
        _ places: @escaping () -> IndexTensor, gradient back: @escaping () -> IndexTensor
    ) -> Tensor {
        let output = gatheredOffTape(places())
        let input = Kept(self)
        let remake = { input.take().gatheredOffTape(places()) }
        return output.recorded(from: [self], remadeBy: remake) { upstream, _ in
            [upstream.gatheredOffTape(back())]
        }
    }
}

/// Where the cells of maps lie in windows, and the other way.
private struct WindowGrid {
    let side: Int
    let (batch, height, width): (Int, Int, Int)
    let shift: (rows: Int, columns: Int)

    /// Windows along the axes of a map.
    private var rows: Int { (height + side - 1) / side }
    private var columns: Int { (width + side - 1) / side }
    var windowCount: Int { batch * rows * columns }

    /// For each cell of the windows its cell of the maps, or -1 for padding.
    func sources() -> IndexTensor {
        let lines = Self.unrolled(rows * side, by: shift.rows, length: height)
        let places = Self.unrolled(columns * side, by: shift.columns, length: width)
        var cells = [Int32]()
        cells.reserveCapacity(windowCount * side * side)
        for image in 0..<batch {
            for (row, column) in windows {
                for y in lines[row * side..<(row + 1) * side] {
                    let first = y < 0 ? -1 : (image * height + y) * width
                    for x in places[column * side..<(column + 1) * side] {
                        cells.append(Int32(first < 0 || x < 0 ? -1 : first + x))
                    }
                }
            }
        }
        return IndexTensor(cells, shape: [cells.count])
    }

    /// For each cell of the maps its cell of the windows.
    func destinations() -> IndexTensor {
        let lines = Self.rolled(height, by: shift.rows, length: rows * side)
        let places = Self.rolled(width, by: shift.columns, length: columns * side)
        var cells = [Int32]()
        cells.reserveCapacity(batch * height * width)
        for image in 0..<batch {
            for y in lines {
                let line = ((image * rows + y / side) * columns * side + y % side) * side
                for x in places { cells.append(Int32(line + x / side * side * side + x % side)) }
            }
        }
        return IndexTensor(cells, shape: [cells.count])
    }

    private var windows: [(row: Int, column: Int)] {
        (0..<rows).flatMap { row in (0..<columns).map { (row, $0) } }
    }

    /// For each place of a rolled axis where it comes from, -1 where that is not among the first `length`.
    private static func unrolled(_ padded: Int, by shift: Int, length: Int) -> [Int] {
        (0..<padded).map { place in
            let source = wrapped(place - shift, padded)
            return source < length ? source : -1
        }
    }

    /// For each of the first `count` places of an axis where it is once the axis, of `length`, is rolled.
    private static func rolled(_ count: Int, by shift: Int, length: Int) -> [Int] {
        (0..<count).map { wrapped($0 + shift, length) }
    }

    private static func wrapped(_ place: Int, _ length: Int) -> Int { (place % length + length) % length }
}
