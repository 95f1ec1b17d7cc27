public import Annotations
import Glibc

/// Puts masks that overlap together to segments that do not: each pixel goes to the mask with the largest product of
/// its score and the probability of being inside, and what is left of too little of a mask is nobody's (Mask2Former's
/// panoptic test, after Kirillov et al., arXiv:1801.00868).
public struct SegmentMerger: Sendable {
    /// Least share of a mask's pixels that must be left to it.
    public let share: Float
    private let raster: MaskRaster

    public init(_ raster: MaskRaster, share: Float) { (self.raster, self.share) = (raster, share) }

    /// What is left of each mask; none of a pixel where its probability is below 0.5 or where too little is left.
    ///
    /// - Parameters:
    ///   - logits: of the cells of each mask, one after another.
    ///   - scores: of each mask.
    ///   - forEach: runs a body for every number below a count, on several threads where there are some.
    public func segments(
        _ logits: UnsafeBufferPointer<Float>, scores: [Float], forEach: (Int, (Int) -> Void) -> Void
    ) -> [ObjectMask] {
        guard !scores.isEmpty else { return [] }
        let length = logits.count / scores.count
        func mask(_ place: Int) -> UnsafeBufferPointer<Float> {
            UnsafeBufferPointer(rebasing: logits[place * length..<(place + 1) * length])
        }
        var rows = [RowWinners?](repeating: nil, count: raster.height)
        rows.withUnsafeMutableBufferPointer { rows in
            forEach(rows.count) { row in rows[row] = winners(ofRow: row, mask, scores) }
        }
        return scores.indices.map { place in
            let (won, whole) = rows.reduce((0, 0)) { sum, row in
                (sum.0 + (row?.won[place] ?? 0), sum.1 + (row?.whole[place] ?? 0))
            }
            guard whole > 0, won > 0, Float(won) / Float(whole) >= share else { return ObjectMask() }
            return ObjectMask(rows.lazy.compactMap { $0?.runs[place] }.joined())
        }
    }

    /// What one row gives each mask.
    private struct RowWinners {
        /// Pixels that are inside and nobody else's.
        var runs: [[PixelRun]]
        /// Pixels whose product is the largest, inside or not.
        var won: [Int]
        /// Pixels that are inside.
        var whole: [Int]
    }

    private func winners(ofRow row: Int, _ mask: (Int) -> UnsafeBufferPointer<Float>, _ scores: [Float]) -> RowWinners {
        var result = RowWinners(
            runs: [[PixelRun]](repeating: [], count: scores.count), won: [Int](repeating: 0, count: scores.count),
            whole: [Int](repeating: 0, count: scores.count))
        var best = [Float](repeating: -1, count: raster.width)
        var owner = [Int](repeating: 0, count: raster.width)
        var isInside = [Bool](repeating: false, count: raster.width)
        var line = [Float](repeating: 0, count: raster.width)
        for place in scores.indices {
            line.withUnsafeMutableBufferPointer { raster.fill($0, row: row, of: mask(place)) }
            for column in 0..<raster.width {
                let probability = 1 / (1 + expf(-line[column]))
                if probability >= 0.5 { result.whole[place] += 1 }
                if scores[place] * probability > best[column] {
                    best[column] = scores[place] * probability
                    owner[column] = place
                    isInside[column] = probability >= 0.5
                }
            }
        }
        var start = 0
        for column in 0..<raster.width {
            result.won[owner[column]] += 1
            let next = column + 1
            let goesOn = next < raster.width && owner[next] == owner[column] && isInside[next] == isInside[column]
            if goesOn { continue }
            if isInside[column] { result.runs[owner[column]].append(PixelRun(row: row, start: start, end: next)) }
            start = next
        }
        return result
    }
}
