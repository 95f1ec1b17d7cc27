public import Randomness

/// Chooses the points at which masks are compared, instead of all pixels (PointRend, arXiv:1912.08193, section 3.1;
/// Mask2Former, arXiv:2112.01527, section 3.3).
///
/// Of `oversampling` times as many points as wanted, drawn uniformly, those are kept whose logit is nearest to 0, where
/// a mask is least sure of itself, up to a share of `uncertainShare`; new uniform ones are the rest. Points are `(x,
/// y)` in `0..<1` of the image's sides.
public struct PointSampler: Sendable, Equatable {
    /// Points of a mask.
    public var count: Int
    /// How many are drawn for each that is kept.
    public var oversampling: Int
    /// Share of points that are chosen, in `0...1`.
    public var uncertainShare: Float

    /// - Precondition: counts are at least 1, and the share is one.
    public init(count: Int, oversampling: Int, uncertainShare: Float) {
        precondition(
            count >= 1 && oversampling >= 1 && (0...1).contains(uncertainShare),
            "PointSampler: cannot choose a share of \(uncertainShare) of \(count) points, each of \(oversampling)")
        self.count = count
        self.oversampling = oversampling
        self.uncertainShare = uncertainShare
    }

    /// Points among which is chosen.
    public var candidateCount: Int { count * oversampling }
    /// Points that are chosen.
    public var uncertainCount: Int { Int(Float(count) * uncertainShare) }
    /// Points that are not chosen, but drawn.
    public var freshCount: Int { count - uncertainCount }

    /// Blocks of the stream that the draws for one mask take, so that masks can be drawn for side by side.
    public var blocksOfMask: Int { (2 * (candidateCount + freshCount) + 3) / 4 }

    /// `count` points, each `x` then `y`, uniformly in the unit square; two draws each.
    public static func uniform(_ count: Int, using random: inout RandomStream) -> [Float] {
        (0..<2 * count).map { _ in random.uniform() }
    }

    /// The candidates of the smallest `|logit|` in their order, the first among equals, then the fresh points.
    ///
    /// A logit that is NaN is as uncertain as can be.
    ///
    /// - Parameters:
    ///   - candidates: `[candidateCount, 2]`
    ///   - logits: of the mask at the candidates.
    ///   - fresh: `[freshCount, 2]`
    /// - Returns: `[count, 2]`
    public func points(of candidates: [Float], logits: ArraySlice<Float>, fresh: [Float]) -> [Float] {
        precondition(
            candidates.count == 2 * candidateCount && logits.count == candidateCount && fresh.count == 2 * freshCount,
            "PointSampler: \(candidates.count / 2) candidates with \(logits.count) logits and \(fresh.count / 2) points"
        )
        var points = [Float]()
        points.reserveCapacity(2 * count)
        for place in Self.smallest(uncertainCount, of: logits.map { $0.isNaN ? 0 : abs($0) }) {
            points.append(candidates[2 * place])
            points.append(candidates[2 * place + 1])
        }
        return points + fresh
    }

    /// Places of the `count` smallest values, ascending; the first of equal ones. Values are not negative.
    private static func smallest(_ count: Int, of values: [Float]) -> [Int] {
        guard count > 0 else { return [] }
        // Bits of numbers from 0 on are in the order of the numbers: a limit is found bit by bit from counts of them.
        var counts = [Int](repeating: 0, count: 1 << 16)
        for value in values { counts[Int(value.bitPattern >> 16)] += 1 }
        let (high, before) = limit(counts, count)
        counts = [Int](repeating: 0, count: 1 << 16)
        for value in values where Int(value.bitPattern >> 16) == high { counts[Int(value.bitPattern & 0xFFFF)] += 1 }
        let (low, below) = limit(counts, count - before)
        let last = UInt32(high) << 16 | UInt32(low)
        var equals = count - before - below
        return values.indices.filter { place in
            let bits = values[place].bitPattern
            if bits != last { return bits < last }
            equals -= 1
            return equals >= 0
        }
    }

    /// The bucket in which the `wanted`-th value lies, and how many lie before it.
    private static func limit(_ counts: [Int], _ wanted: Int) -> (bucket: Int, before: Int) {
        var before = 0
        for (bucket, count) in counts.enumerated() {
            if before + count >= wanted { return (bucket, before) }
            before += count
        }
        preconditionFailure("PointSampler: fewer than \(wanted) values")
    }
}
