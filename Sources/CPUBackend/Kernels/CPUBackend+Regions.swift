internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func alignRegions(_ maps: [FloatArray], _ regions: RegionTable, into bins: FloatArray) {
        let loop = RegionLoop(shapes: maps.map(\.shape), regions, size: bins.shape[1])
        guard bins.count > 0 else { return }
        let (from, to) = (maps.map { UnsafePointer($0.floats) }, bins.floats)
        // Regions differ in size and often come sorted by it, so threads take turns.
        let tiles = (regions.count + RegionLoop.regionsPerTile - 1) / RegionLoop.regionsPerTile
        threads.run(chunks: tiles) { tile in
            let first = tile * RegionLoop.regionsPerTile
            withScratch(floats: loop.scratchFloats(channels: loop.channels)) { scratch in
                for region in first..<min(regions.count, first + RegionLoop.regionsPerTile) {
                    loop.withBins(of: region, scratch) { place, rows, columns, scratch in
                        ck_region_align(
                            from[place.level] + place.start, place.width, loop.channels, rows, columns, loop.size,
                            scratch, to + region * loop.floatsPerRegion)
                    }
                }
            }
        }
    }

    package func alignRegionsGradient(
        _ upstream: FloatArray, _ regions: RegionTable, into gradients: [GradientSum?]
    ) {
        for case let gradient? in gradients where !gradient.adds { fill(gradient.array, with: 0) }
        guard upstream.count > 0, let channels = upstream.shape.last else { return }
        let loop = RegionLoop(shapes: gradients.map { $0?.array.shape }, regions, size: upstream.shape[1])
        let (from, to) = (upstream.floats, gradients.map { $0?.array.floats })
        // Regions overlap, so the channels are shared out: each sum is made by one thread in the order of the regions.
        let lines = (channels + RegionLoop.channelsPerLine - 1) / RegionLoop.channelsPerLine
        threads.parallelFor(lines) { range in
            let first = range.lowerBound * RegionLoop.channelsPerLine
            let count = min(channels, range.upperBound * RegionLoop.channelsPerLine) - first
            withScratch(floats: loop.scratchFloats(channels: count)) { scratch in
                for region in 0..<regions.count {
                    guard let map = to[loop.level(of: region)] else { continue }
                    loop.withBins(of: region, scratch) { place, rows, columns, scratch in
                        ck_region_align_gradient(
                            from + region * loop.floatsPerRegion, place.width, channels, first, count, rows, columns,
                            loop.size, scratch, map + place.start)
                    }
                }
            }
        }
    }
}

/// What the loops over regions need of the maps and the regions, with its pointers taken out.
private struct RegionLoop {
    /// Regions a thread takes at a time.
    static let regionsPerTile = 4
    /// Floats of a cache line: threads write different ones.
    static let channelsPerLine = 16

    let size: Int
    let channels: Int
    /// Height and width of the maps, in cells; `nil` where one takes no part.
    private let maps: [(height: Int, width: Int)?]
    private let scales: [Float]
    private let boxes: UnsafePointer<Float>
    private let places: UnsafePointer<Int32>
    private let (longestHeight, longestWidth): (Int, Int)

    /// - Parameter shapes: of the maps, `nil` where one takes no part.
    init(shapes: [[Int]?], _ regions: RegionTable, size: Int) {
        self.size = size
        channels = shapes.lazy.compactMap { $0?[3] }.first ?? 0
        maps = shapes.map { shape in shape.map { ($0[1], $0[2]) } }
        scales = regions.strides.map { 1 / Float($0) }
        boxes = UnsafePointer(regions.boxes.floats)
        places = UnsafePointer(regions.places.pointer)
        longestHeight = maps.compactMap { $0?.height }.max() ?? 0
        longestWidth = maps.compactMap { $0?.width }.max() ?? 0
    }

    var floatsPerRegion: Int { size * size * channels }

    func level(of region: Int) -> Int { Int(places[2 * region + 1]) }

    /// For the weights of one region's bins, and rows of so many channels.
    func scratchFloats(channels: Int) -> Int { size * (longestHeight + longestWidth) + longestWidth * channels }

    /// Runs `body` with the bins of a region, where its map starts, and what is left of the scratch memory.
    func withBins(
        of region: Int, _ scratch: UnsafeMutablePointer<Float>,
        _ body: (
            _ place: (level: Int, start: Int, width: Int), _ rows: UnsafePointer<ck_bin>,
            _ columns: UnsafePointer<ck_bin>, _ scratch: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let level = level(of: region)
        guard let map = maps[level] else { return }
        let box = boxes + 4 * region
        withUnsafeTemporaryAllocation(of: ck_bin.self, capacity: 2 * size) { bins in
            guard let rows = bins.baseAddress else { return }
            let columns = rows + size
            let columnWeights = scratch + size * longestHeight
            ck_region_bins(box[1], box[3], scales[level], map.height, size, rows, scratch)
            ck_region_bins(box[0], box[2], scales[level], map.width, size, columns, columnWeights)
            let start = Int(places[2 * region]) * map.height * map.width * channels
            body((level, start, map.width), rows, columns, columnWeights + size * longestWidth)
        }
    }
}
