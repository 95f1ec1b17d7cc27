/// Points at which maps are read.
package struct PointTable {
    /// `[R, P, 2]`, or `[1, P, 2]` for all rows: x and y in 0...1 of a map's extent.
    package let points: FloatArray
    /// `[R]`: the map that a row reads.
    package let maps: [Int32]

    package init(points: FloatArray, maps: [Int32]) {
        self.points = points
        self.maps = maps
    }

    package var pointsPerRow: Int { points.shape[1] }
    /// Floats from the points of one row to those of the next.
    package var rowStride: Int { points.shape[0] == 1 ? 0 : 2 * pointsPerRow }
}

/// Bilinear samples of maps `[M, h, w]`, `[R, P]`, by the rules of `Tensor.sampledBilinear`.
package protocol PointSampleKernels {
    func samplePoints(_ maps: FloatArray, _ table: PointTable, into samples: FloatArray)
    func samplePointsGradient(_ upstream: FloatArray, _ table: PointTable, into gradient: FloatArray)
}
