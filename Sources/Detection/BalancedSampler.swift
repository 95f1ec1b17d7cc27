public import Randomness

/// Draws which boxes of an image are learnt from: at most a share of positives, and negatives for the rest
/// (mmdetection, `RandomSampler`).
public struct BalancedSampler: Sendable, Equatable {
    /// Boxes of an image.
    public var count: Int
    /// The largest share of positives among them.
    public var positiveShare: Float

    public init(count: Int, positiveShare: Float) {
        self.count = count
        self.positiveShare = positiveShare
    }

    /// What was drawn.
    public struct Sample: Sendable, Equatable {
        /// Places of boxes that are to find an object, ascending.
        public let positives: [Int]
        /// Places of boxes that are to find nothing, ascending.
        public let negatives: [Int]
        /// Positives, then negatives.
        public var all: [Int] { positives + negatives }
        public var count: Int { positives.count + negatives.count }
    }

    /// Uniformly, without replacement; where there are no more than wanted, all, and nothing is drawn.
    ///
    /// - Parameter random: of this image, so that the draw does not depend on who holds it.
    public func sample(_ assignment: Assignment, using random: inout RandomStream) -> Sample {
        var (positives, negatives) = ([Int](), [Int]())
        for (place, object) in assignment.objects.enumerated() {
            if object >= 0 { positives.append(place) } else if object == Assignment.negative { negatives.append(place) }
        }
        let chosen = choose(Int(Float(count) * positiveShare), of: positives, using: &random)
        return Sample(
            positives: chosen, negatives: choose(count - chosen.count, of: negatives, using: &random))
    }

    private func choose(_ wanted: Int, of places: [Int], using random: inout RandomStream) -> [Int] {
        places.count <= wanted ? places : random.choose(wanted, from: places).sorted()
    }
}
