public import Annotations

extension ObjectMask {
    /// What a mask head is to say about this object in a box: RoIAlign of the bitmap, 1 where at least 0.5, else 0
    /// (mmdetection, `BitmapMasks.crop_and_resize`).
    ///
    /// - Parameters:
    ///   - box: clipped to the image; finite.
    ///   - size: rows and columns of the target.
    ///   - height: of the image that the mask lies in.
    /// - Returns: `[size, size]`, 0 everywhere for a box without area.
    public func target(in box: Box, size: Int, height: Int, width: Int) -> [Float] {
        // Shares that are half by construction must not depend on the last bit of a sum.
        shares(in: box, size: size, height: height, width: width).map { $0 >= 0.5 - 1e-9 ? 1 : 0 }
    }

    /// RoIAlign of the bitmap over `size` x `size` bins, `[size, size]`.
    ///
    /// The runs of a row are differences of cumulated weights, so that the cost is that of the mask's outline.
    package func shares(in box: Box, size: Int, height: Int, width: Int) -> [Double] {
        var shares = [Double](repeating: 0, count: size * size)
        let box = box.clipped(height: height, width: width)
        guard box.hasArea else { return shares }
        let rows = AlignedSampling(from: box.y1, to: box.y2, bins: size, length: height)
        let columns = AlignedSampling(from: box.x1, to: box.x2, bins: size, length: width)
        let cumulated = columns.cumulated()
        var row = [Double](repeating: 0, count: size)
        var next = firstRun(from: rows.pixels.lowerBound)
        while next < runs.count, Int(runs[next].row) < rows.pixels.upperBound {
            let y = runs[next].row
            for bin in row.indices { row[bin] = 0 }
            while next < runs.count, runs[next].row == y {
                Self.add(runs[next], of: columns, cumulated, to: &row)
                next += 1
            }
            let weights = (Int(y) - rows.pixels.lowerBound) * size
            for bin in 0..<size where rows.weights[weights + bin] != 0 {
                let weight = rows.weights[weights + bin]
                for column in 0..<size { shares[bin * size + column] += weight * row[column] }
            }
        }
        return shares
    }

    /// Adds what a run's pixels are in the bins of a row.
    private static func add(
        _ run: PixelRun, of columns: AlignedSampling, _ cumulated: [Double], to row: inout [Double]
    ) {
        let pixels = columns.pixels
        let (start, end) = (max(Int(run.start), pixels.lowerBound), min(Int(run.end), pixels.upperBound))
        guard start < end else { return }
        let (before, after) = ((start - pixels.lowerBound) * columns.bins, (end - pixels.lowerBound) * columns.bins)
        for bin in row.indices { row[bin] += cumulated[after + bin] - cumulated[before + bin] }
    }

    /// The first run at or below a row.
    private func firstRun(from row: Int) -> Int {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(runs[middle].row) < row { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
