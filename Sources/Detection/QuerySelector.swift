/// The best pairs of a query and a class of an image: a query may come with several classes, and others with none.
public enum QuerySelector {
    public struct Choice: Sendable, Equatable {
        public let query: Int
        public let classIndex: Int
        /// Probability of the class.
        public let probability: Float
    }

    /// - Parameters:
    ///   - probabilities: `[Q, classCount + 1]`, the last of which is that there is no object, and is no choice.
    ///   - limit: most pairs.
    /// - Returns: by descending probability, equal ones by query and class; what is no number is none.
    public static func best(
        _ probabilities: ArraySlice<Float>, classCount: Int, limit: Int
    ) -> [Choice] {
        let width = classCount + 1
        precondition(
            probabilities.count.isMultiple(of: width),
            "QuerySelector: \(probabilities.count) probabilities are no rows of \(width)")
        var scores: [Float] = []
        scores.reserveCapacity(probabilities.count)
        for row in 0..<probabilities.count / width {
            let start = probabilities.startIndex + row * width
            scores += probabilities[start..<start + classCount]
        }
        return RankedCandidates.places(of: scores, limit: limit).map {
            Choice(query: $0 / classCount, classIndex: $0 % classCount, probability: scores[$0])
        }
    }
}
