import TensorEngine

/// How the maps of a block are cut into windows, and which of their places attend to each other.
struct ShiftedWindows {
    /// Cells of a window's side.
    let side: Int
    private let (batch, height, width): (Int, Int, Int)
    /// Cells that maps move up and left before they are cut; what leaves there enters at the other edge.
    private let shift: Int
    /// nil where all places of a window do.
    let mask: AttentionMask?

    /// - Parameters:
    ///   - map: of which the windows are, `[B, H, W, C]`.
    ///   - isShifted: moves windows by half their side against those of the block before.
    init(of map: Tensor, side: Int, isShifted: Bool) {
        self.side = side
        (batch, height, width) = (map.shape[0], map.shape[1], map.shape[2])
        // As with maps smaller than a window: shifted and masked all the same, which is what weights were trained with.
        shift = isShifted ? side / 2 : 0
        mask = shift == 0 ? nil : .added(Self.penalties(side: side, shift: shift, height: height, width: width))
    }

    private var roll: (rows: Int, columns: Int) { (-shift, -shift) }

    /// `[B, H, W, C] -> [B * windows, side^2, C]`, with zeros where whole windows reach beyond a map.
    func cut(_ map: Tensor) -> Tensor { map.windows(side: side, rolledBy: roll) }

    /// `[B * windows, side^2, C] -> [B, H, W, C]`
    func joined(_ windows: Tensor) -> Tensor {
        windows.unwindowed(side: side, batch: batch, height: height, width: width, rolledBy: roll)
    }

    /// What scores are lowered by between places that only the shift has brought together, `[windows, side^2, side^2]`:
    /// 100, as in the authors' code (arXiv:2103.14030, figure 4).
    private static func penalties(side: Int, shift: Int, height: Int, width: Int) -> Tensor {
        // For each place of an axis: whether it is in the last window, and there among what came from the other edge.
        func bands(_ length: Int) -> [Int] {
            let padded = (length + side - 1) / side * side
            return (0..<padded).map { ($0 >= padded - side ? 1 : 0) + ($0 >= padded - shift ? 1 : 0) }
        }
        let (rows, columns, area) = (bands(height), bands(width), side * side)
        var values = [Float](repeating: 0, count: rows.count * columns.count * area)
        var next = 0
        for top in stride(from: 0, to: rows.count, by: side) {
            for left in stride(from: 0, to: columns.count, by: side) {
                let regions = (0..<area).map { 3 * rows[top + $0 / side] + columns[left + $0 % side] }
                defer { next += area * area }
                // Most windows lie inside one region.
                guard regions.contains(where: { $0 != regions[0] }) else { continue }
                for (query, region) in regions.enumerated() {
                    for (key, other) in regions.enumerated() where other != region {
                        values[next + query * area + key] = -100
                    }
                }
            }
        }
        return Tensor(values, shape: [values.count / (area * area), area, area])
    }
}
