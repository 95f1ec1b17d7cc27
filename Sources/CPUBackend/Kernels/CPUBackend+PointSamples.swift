internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func samplePoints(_ maps: FloatArray, _ table: PointTable, into samples: FloatArray) {
        let loop = PointLoop(table, mapShape: maps.shape)
        let (from, to) = (maps.floats, samples.floats)
        // Rows are cut as well: there may be one alone.
        let partsPerRow = max(1, loop.pointsPerRow / Self.elementwiseGrain)
        threads.parallelFor(table.maps.count * partsPerRow) { range in
            for part in range {
                let (row, index) = (part / partsPerRow, part % partsPerRow)
                let share = index * loop.pointsPerRow / partsPerRow..<(index + 1) * loop.pointsPerRow / partsPerRow
                ck_point_samples(
                    from + loop.mapStart(of: row), loop.height, loop.width, loop.points(of: row) + 2 * share.lowerBound,
                    share.count, to + row * loop.pointsPerRow + share.lowerBound)
            }
        }
    }

    package func samplePointsGradient(_ upstream: FloatArray, _ table: PointTable, into gradient: FloatArray) {
        let loop = PointLoop(table, mapShape: gradient.shape)
        let (from, to) = (upstream.floats, gradient.floats)
        let rows = Dictionary(grouping: table.maps.indices) { Int(table.maps[$0]) }
        // The rows of a map are added up by one thread, in their order.
        threads.parallelFor(gradient.shape[0]) { range in
            for map in range {
                ck_fill(to + map * loop.floatsPerMap, 0, loop.floatsPerMap)
                for row in rows[map] ?? [] {
                    ck_point_samples_gradient(
                        from + row * loop.pointsPerRow, loop.height, loop.width, loop.points(of: row),
                        loop.pointsPerRow, to + map * loop.floatsPerMap)
                }
            }
        }
    }
}

/// What the loops over rows of points need, with the pointers taken out.
private struct PointLoop {
    let (height, width): (Int, Int)
    let pointsPerRow: Int
    private let (rowStride, maps): (Int, [Int32])
    private let base: UnsafePointer<Float>

    init(_ table: PointTable, mapShape: [Int]) {
        (height, width) = (mapShape[1], mapShape[2])
        (pointsPerRow, rowStride, maps) = (table.pointsPerRow, table.rowStride, table.maps)
        base = UnsafePointer(table.points.floats)
    }

    var floatsPerMap: Int { height * width }

    func mapStart(of row: Int) -> Int { Int(maps[row]) * floatsPerMap }

    func points(of row: Int) -> UnsafePointer<Float> { base + row * rowStride }
}
