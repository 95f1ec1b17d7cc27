internal import DeviceSeam

/// A rectangle of an image, and the map that its features are read from.
public struct RegionOfInterest: Sendable, Hashable {
    /// Place of its image in the batch.
    public var image: Int32
    /// Index into the maps.
    public var level: Int32
    /// Pixels of the image; the corner of the first pixel is at 0.
    public var (x1, y1, x2, y2): (Float, Float, Float, Float)

    public init(image: Int32, level: Int32, x1: Float, y1: Float, x2: Float, y2: Float) {
        self.image = image
        self.level = level
        (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
    }
}

extension Tensor {
    /// The features of regions, averaged into `size` x `size` bins each (RoIAlign, arXiv:1703.06870, section 3, in the
    /// form that its authors call aligned).
    ///
    /// In cells a region is its rectangle divided by the stride, minus 0.5. It is cut into equal bins; a bin is the
    /// mean of `ceil(height / size)` x `ceil(width / size)` bilinear samples in the middles of its equal parts. A
    /// sample further than one cell outside of the map is 0, one that is nearer reads the cells at the border. A region
    /// without height or width has no samples and gives zeros, also where its ends are exchanged; one whose coordinates
    /// are not finite gives NaN.
    ///
    /// - Parameters:
    ///   - maps: `[B, h, w, C]` each, with as many images and channels.
    ///   - strides: pixels of the image between neighbouring cells of each map.
    ///   - regions: each reads the map of its level; they may be none, lie anywhere and have any size.
    ///   - size: bins of an axis.
    /// - Returns: `[R, size, size, C]`
    /// - Precondition: maps and strides are as many, at least one; regions name images and maps that are there.
    public static func roiAligned(
        _ maps: [Tensor], strides: [Int], regions: [RegionOfInterest], size: Int
    ) -> Tensor {
        check(maps, strides, regions, size)
        let table = RegionTable(regions, strides: strides)
        let output = Tensor(uninitialized: [regions.count, size, size, maps[0].shape[3]])
        let shapes = maps.map(\.shape)
        let cells = regions.reduce(0) { $0 + $1.cellCount(strides: strides, shapes) }
        let cellBytes = cells * maps[0].shape[3] * MemoryLayout<Float>.stride
        Engine.run(.call("align regions", writes: [output], otherBytes: cellBytes)) {
            $0.alignRegions(maps.map(\.array), table, into: output.array)
        }
        let levels = Set(regions.map(\.level))
        return output.recorded(from: maps) { upstream, needs in
            // A map that nobody reads gets no zeros to add.
            let places = shapes.indices.map { levels.contains(Int32($0)) ? needs.place($0, shape: shapes[$0]) : nil }
            let written = places.compactMap { $0?.sum.array }.map { Tensor($0) }
            Engine.run(
                .call("align regions gradient", reads: [upstream], writes: written, otherBytes: 2 * cellBytes)
            ) {
                $0.alignRegionsGradient(upstream.array, table, into: places.map { $0?.sum })
            }
            return places.map { $0?.result }
        }
    }

    private static func check(_ maps: [Tensor], _ strides: [Int], _ regions: [RegionOfInterest], _ size: Int) {
        precondition(
            !maps.isEmpty && maps.count == strides.count && strides.allSatisfy { $0 >= 1 } && size >= 1,
            "roiAligned: \(maps.count) maps with strides \(strides) cannot give \(size) bins an axis")
        precondition(
            maps.allSatisfy { $0.rank == 4 && $0.shape[0] == maps[0].shape[0] && $0.shape[3] == maps[0].shape[3] },
            "roiAligned: maps must be [B, h, w, C] with as many images and channels, got \(maps.map(\.shape))")
        for (index, region) in regions.enumerated() {
            precondition(
                maps.indices.contains(Int(region.level)) && (0..<maps[0].shape[0]).contains(Int(region.image)),
                "roiAligned: region \(index) is in map \(region.level) of image \(region.image); there are "
                    + "\(maps.count) maps of \(maps[0].shape[0]) images")
        }
    }
}

extension RegionTable {
    fileprivate init(_ regions: [RegionOfInterest], strides: [Int]) {
        let boxes = Tensor(regions.flatMap { [$0.x1, $0.y1, $0.x2, $0.y2] }, shape: [regions.count, 4])
        let places = IndexTensor(regions.flatMap { [$0.image, $0.level] }, shape: [regions.count, 2])
        self.init(boxes: boxes.array, places: places.array, strides: strides)
    }
}

extension RegionOfInterest {
    /// About how many cells of its map it covers.
    fileprivate func cellCount(strides: [Int], _ maps: [[Int]]) -> Int {
        let (stride, map) = (Float(strides[Int(level)]), maps[Int(level)])
        func cells(_ low: Float, _ high: Float, _ length: Int) -> Int {
            let cells = min(high / stride, Float(length)) - max(low / stride, 0) + 1
            return cells.isFinite ? max(0, Int(cells)) : 0
        }
        return cells(y1, y2, map[1]) * cells(x1, x2, map[2])
    }
}
