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
        random.uniforms(2 * count)
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
        let (last, before) = limit(count, of: values)
        var equals = count - before
        return [Int](unsafeUninitializedCapacity: count) { places, filled in
            for place in values.indices {
                let bits = values[place].bitPattern
                guard bits < last || bits == last && equals > 0 else { continue }
                if bits == last { equals -= 1 }
                places.initializeElement(at: filled, to: place)
                filled += 1
            }
        }
    }

    /// The bits of the `wanted`-th smallest value, and how many are smaller.
    ///
    /// Bits of numbers from 0 on are in the order of the numbers: the limit is found some bits at a time, the highest
    /// first, from counts of the values that share those found so far. Tables of these sizes stay in a core's cache.
    private static func limit(_ wanted: Int, of values: [Float]) -> (bits: UInt32, before: Int) {
        var (bits, before) = (UInt32(0), 0)
        for (shift, width) in [(21, 11), (10, 11), (0, 10)] {
            let known = shift + width
            var counts = [Int32](repeating: 0, count: 1 << width)
            let mask = UInt32(1) << width - 1
            for value in values where UInt64(value.bitPattern) >> known == UInt64(bits) >> known {
                counts[Int(value.bitPattern >> shift & mask)] += 1
            }
            let (bucket, below) = self.bucket(ofNumber: wanted - before, in: counts)
            bits |= UInt32(bucket) << shift
            before += below
        }
        return (bits, before)
    }

    /// The bucket in which the `wanted`-th value lies, and how many lie before it.
    private static func bucket(ofNumber wanted: Int, in counts: [Int32]) -> (bucket: Int, before: Int) {
        var before = 0
        for (bucket, count) in counts.enumerated() {
            if before + Int(count) >= wanted { return (bucket, before) }
            before += Int(count)
        }
        preconditionFailure("PointSampler: fewer than \(wanted) values")
    }
}
