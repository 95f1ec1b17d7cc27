package import DeviceSeam

extension DeviceBackend {
    package func alignRegions(_ maps: [FloatArray], _ regions: RegionTable, into bins: FloatArray) {
        guard bins.count > 0 else { return }
        let weights = RegionWeights(shapes: maps.map(\.shape), regions, size: bins.shape[1], on: self)
        for (level, map) in maps.enumerated() {
            context.launch(
                "align_regions", each: bins.count,
                [
                    map, regions.places, weights.spans, weights.numbers, bins, weights.levels, level, bins.count,
                ])
        }
    }

    package func alignRegionsGradient(
        _ upstream: FloatArray, _ regions: RegionTable, into gradients: [GradientSum?]
    ) {
        for case let gradient? in gradients where !gradient.adds { fill(gradient.array, with: 0) }
        guard upstream.count > 0 else { return }
        let weights = RegionWeights(
            shapes: gradients.map { $0?.array.shape }, regions, size: upstream.shape[1], on: self)
        for (level, gradient) in gradients.enumerated() {
            guard let gradient else { continue }
            context.launch(
                "align_regions_gradient", each: gradient.array.count,
                [
                    upstream, regions.places, weights.spans, weights.numbers, gradient.array, weights.levels, level,
                    regions.count, gradient.array.count,
                ])
        }
    }
}

/// For each region, axis and bin the cells that it reads, and their weights.
private struct RegionWeights {
    let levels: PackedValue
    /// `[R, 2, size, 2]`: first cell and how many.
    let spans: IndexArray
    /// `[R, 2, size, longest]`
    let numbers: FloatArray

    /// - Parameter shapes: of the maps, `nil` where one takes no part.
    init(shapes: [[Int]?], _ regions: RegionTable, size: Int, on backend: DeviceBackend) {
        precondition(shapes.count <= 8, "device: regions of \(shapes.count) maps; kernels take eight")
        let longest = shapes.compactMap { $0.map { max($0[1], $0[2]) } }.max() ?? 0
        var levels = PackedValue()
        for number in [shapes.count, size, shapes.lazy.compactMap { $0?[3] }.first ?? 0, longest] {
            levels.add(int32: number)
        }
        for axis in [1, 2] {
            for index in 0..<8 { levels.add(int32: index < shapes.count ? shapes[index]?[axis] ?? 0 : 0) }
        }
        for index in 0..<8 { levels.add(float: index < regions.strides.count ? 1 / Float(regions.strides[index]) : 0) }
        self.levels = levels
        spans = backend.scratch(of: Int32.self, [regions.count, 2, size, 2])
        // A bin of a region that is no number has one weight, also of a map without cells.
        numbers = backend.floats([regions.count, 2, size, max(1, longest)])
        let count = regions.count * 2 * size
        backend.context.launch(
            "region_bins", each: count, [regions.boxes, regions.places, spans, numbers, levels, count])
    }
}
