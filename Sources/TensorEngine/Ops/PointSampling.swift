internal import DeviceSeam

extension Tensor {
    /// Maps `[M, h, w]` read at points between their cells, `[R, P]`.
    ///
    /// A point lies at `x = point.x * w - 0.5` cells, and likewise `y`: 0 and 1 are the outer edges of a map (what
    /// PyTorch's `grid_sample` gives for `2 point - 1`, `align_corners=False`, zeros as padding). Its value is the
    /// bilinear mean of the four cells around it; cells outside are 0. A point that is no number gives NaN.
    ///
    /// - Parameters:
    ///   - points: `[R, P, 2]`, or `[1, P, 2]`, the same for all rows: x and y in 0...1. No gradient flows here.
    ///   - maps: the map that each row reads.
    /// - Precondition: every index is that of a map; maps have cells.
    public func sampledBilinear(points: Tensor, maps: [Int32]) -> Tensor {
        precondition(
            rank == 3 && shape[1] >= 1 && shape[2] >= 1, "sampledBilinear: maps must be [M, h, w], got \(shape)")
        precondition(
            points.rank == 3 && points.shape[2] == 2 && (points.shape[0] == maps.count || points.shape[0] == 1),
            "sampledBilinear: points \(points.shape) do not fit \(maps.count) rows")
        precondition(
            maps.allSatisfy { (0..<shape[0]).contains(Int($0)) },
            "sampledBilinear: a row reads a map that is not among \(shape[0])")
        let table = PointTable(points: points.array, maps: maps)
        let output = Tensor(uninitialized: [maps.count, points.shape[1]])
        let place = points.detached()
        let cellBytes = 4 * output.count * MemoryLayout<Float>.stride
        Engine.run(.call("sample points", reads: [place], writes: [output], otherBytes: cellBytes)) {
            $0.samplePoints(array, table, into: output.array)
        }
        return output.recorded(from: [self]) { [shape] upstream, _ in
            let gradient = Tensor(uninitialized: shape)
            Engine.run(
                .call(
                    "sample points gradient", reads: [upstream, place], writes: [gradient], otherBytes: 2 * cellBytes)
            ) {
                $0.samplePointsGradient(upstream.array, table, into: gradient.array)
            }
            return [gradient]
        }
    }
}
