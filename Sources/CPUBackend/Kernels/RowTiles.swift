/// A batch of maps cut into blocks of whole rows, each inside one map: the units of work of the map kernels.
struct RowTiles {
    let rows: Int
    let rowsPerTile: Int
    let tilesPerMap: Int
    let count: Int

    /// - Parameters:
    ///   - rows: rows of one map.
    ///   - rowsWanted: size of a block that computes well.
    ///   - leastRows: blocks are not cut below this to occupy more threads.
    init(batch: Int, rows: Int, rowsWanted: Int, leastRows: Int, threadCount: Int) {
        let share = (batch * rows + threadCount - 1) / threadCount
        self.rows = rows
        rowsPerTile = max(1, min(rows, rowsWanted, max(leastRows, share)))
        tilesPerMap = (rows + rowsPerTile - 1) / rowsPerTile
        count = batch * tilesPerMap
    }

    func map(of tile: Int) -> Int { tile / tilesPerMap }

    func rows(of tile: Int) -> Range<Int> {
        let first = tile % tilesPerMap * rowsPerTile
        return first..<min(rows, first + rowsPerTile)
    }
}
