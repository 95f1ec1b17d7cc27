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

extension CPUBackend {
    /// Runs `body` for every tile, threads in parallel, each with scratch memory of its own.
    func forEachTile(
        _ count: Int, scratchFloats: Int, _ body: (_ tile: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
    ) {
        threads.parallelFor(count) { range in
            withScratch(floats: scratchFloats) { scratch in
                for tile in range { body(tile, scratch) }
            }
        }
    }

    /// Lends memory of the pool to `body`.
    func withScratch(floats: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        let block = DeviceMemory(byteCount: floats * MemoryLayout<Float>.stride, pool: memory)
        withExtendedLifetime(block) { body(block.address.assumingMemoryBound(to: Float.self)) }
    }
}
