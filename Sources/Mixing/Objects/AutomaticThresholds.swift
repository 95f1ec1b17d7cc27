public import Annotations
package import Configuration

/// Finds by itself how sure a teacher must be of an object: for each class where its own scores divide best.
///
/// A score is the probability of the class against all others and none, so an object of at most `lowest`, a half, is
/// less likely than not what it is said to be, and never sure. Above that the scores of a class are of two kinds, sure
/// ones near 1 and doubtful ones, and the threshold is the value that separates them: that with the largest variance
/// between the two sides (Otsu, IEEE Trans. SMC 9(1), 1979), in the middle of the gap where there is one. It rises with
/// a teacher that is sure of everything and falls with one that is sure of little, so no pair of domains needs a number
/// of its own; LIDAPS gives 0.75 or 0.9 by hand.
///
/// Scores are counted over the students and the steps, with a memory that fades. Classes of which few have been seen
/// are helped by all others: what they lack of `priorCount` scores has the shape of all. Before any have been seen, and
/// where the split lies higher, `highest` is sure: what the published fusion takes into an image.
public struct AutomaticThresholds: Sendable, Equatable {
    public struct Config: Sendable, Equatable {
        /// Below it an object is never sure: as likely as not.
        public var lowest = 0.5
        /// Above it an object always is (LIDAPS code: what evaluation takes).
        public var highest = 0.95
        /// Steps after which a score counts 1/e of what it did.
        public var memorySteps = 500
        /// Scores of a class that are enough to divide by; fewer are filled up with the shape of all classes' scores.
        public var priorCount = 20.0

        public init() {}
    }

    /// Steps of a score that are told apart.
    public static let binCount = 50

    public let config: Config
    private let classCount: Int
    /// Faded counts of scores, `[classCount, binCount]`, from `lowest` to 1: all there is to remember.
    public var counts: [Float]

    /// - Parameter classCount: train ids are below it.
    public init(_ config: Config, classCount: Int) {
        self.config = config
        self.classCount = classCount
        counts = [Float](repeating: 0, count: classCount * Self.binCount)
    }

    /// How often scores of each class and bin occur, in the shape of `counts`; those up to `lowest`, and objects that
    /// have no score, do not count.
    public func occurrences(in images: [[AnnotatedObject]]) -> [Double] {
        var found = [Double](repeating: 0, count: counts.count)
        for object in images.joined() {
            guard let score = object.score.map(Double.init), score > config.lowest, Int(object.trainID) < classCount
            else { continue }
            let place = (score - config.lowest) / (1 - config.lowest) * Double(Self.binCount)
            found[Int(object.trainID) * Self.binCount + min(Int(place), Self.binCount - 1)] += 1
        }
        return found
    }

    /// Lets what is known fade by a step, and adds what all students have found in one.
    public mutating func add(_ occurrences: [Double]) {
        precondition(occurrences.count == counts.count, "AutomaticThresholds: \(occurrences.count) counts do not fit")
        let kept = Float(1 - 1 / Double(config.memorySteps))
        for index in counts.indices { counts[index] = counts[index] * kept + Float(occurrences[index]) }
    }

    /// By what has been added so far.
    public var thresholds: ScoreThresholds {
        let all = (0..<Self.binCount).map { bin in
            (0..<classCount).reduce(0.0) { $0 + Double(counts[$1 * Self.binCount + bin]) }
        }
        let total = all.reduce(0, +)
        guard total > 0 else { return ScoreThresholds(Float(config.highest)) }
        var thresholds = ScoreThresholds(score(of: Self.split(all)))
        for trainID in 0..<classCount {
            let own = counts[trainID * Self.binCount..<(trainID + 1) * Self.binCount].map(Double.init)
            let seen = own.reduce(0, +)
            guard seen > 0, let trainID = UInt8(exactly: trainID) else { continue }
            let filling = max(config.priorCount - seen, 0) / total
            thresholds.ofClass[trainID] = score(of: Self.split(zip(own, all).map { $0 + $1 * filling }))
        }
        return thresholds
    }

    private func score(of split: Double) -> Float {
        let score = config.lowest + (1 - config.lowest) * split / Double(Self.binCount)
        return Float(min(max(score, config.lowest), config.highest))
    }

    /// Where a histogram divides best, in bins from its beginning: the middle of all equally good places. Its end where
    /// all lies in one bin.
    static func split(_ counts: [Double]) -> Double {
        let (total, sum) = (
            counts.reduce(0, +), counts.enumerated().reduce(0) { $0 + $1.element * (Double($1.offset) + 0.5) }
        )
        var (below, sumBelow, best) = (0.0, 0.0, 0.0)
        var places: ClosedRange<Int>?
        for place in 1..<counts.count {
            below += counts[place - 1]
            sumBelow += counts[place - 1] * (Double(place) - 0.5)
            let above = total - below
            guard below > 0, above > 1e-9 * total else { continue }
            let distance = (sum - sumBelow) / above - sumBelow / below
            let variance = below * above * distance * distance
            // Rounding must not decide where a gap ends.
            if variance > best * (1 + 1e-9) {
                (best, places) = (variance, place...place)
            } else if variance > best * (1 - 1e-9), let first = places?.lowerBound {
                places = first...place
            }
        }
        guard let places else { return Double(counts.count) }
        return Double(places.lowerBound + places.upperBound) / 2
    }
}

extension AutomaticThresholds.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("lowest", &lowest, .closed(0...0.99))
        try fields.field("highest", &highest, .closed(0...1))
        try fields.field("memorySteps", &memorySteps, .steps(from: 1))
        try fields.field("priorCount", &priorCount, .closed(1e-9...1e12))
    }
}
