/// Panoptic quality of a data set (Kirillov et al., arXiv:1801.00868), in percent.
///
/// `SQ = sum(IoU) / TP`, `RQ = TP / (TP + FP / 2 + FN / 2)`, `PQ = sum(IoU) / (TP + FP / 2 + FN / 2) = SQ * RQ` of each
/// class over all images; a mean is over the classes, each by itself, so that the mean PQ is not the mean SQ times the
/// mean RQ.
public struct PanopticQuality: Sendable, Equatable {
    /// One class, or the mean of several.
    public struct Score: Sendable, Equatable {
        public let pq: Double
        public let sq: Double
        public let rq: Double

        public static let zero = Score(pq: 0, sq: 0, rq: 0)
    }

    /// What was counted of one class.
    public struct ClassCounts: Sendable, Equatable {
        public fileprivate(set) var iou = 0.0
        public fileprivate(set) var found = 0
        public fileprivate(set) var missed = 0
        public fileprivate(set) var invented = 0

        /// As fractions; nil for a class that neither truth nor prediction has.
        fileprivate var fractions: Score? {
            guard found + missed + invented > 0 else { return nil }
            let weight = Double(found) + 0.5 * Double(invented) + 0.5 * Double(missed)
            return Score(pq: iou / weight, sq: found == 0 ? 0 : iou / Double(found), rq: Double(found) / weight)
        }
    }

    /// By place of the class.
    public private(set) var classes: [ClassCounts]

    /// - Parameter images: in the order of the data set: IoU are added up in it, so that the same images always give
    ///   the same bits.
    public init(classCount: Int, images: some Sequence<PanopticMatches>) {
        classes = [ClassCounts](repeating: ClassCounts(), count: classCount)
        for image in images {
            for pair in image.found {
                classes[pair.classIndex].iou += pair.iou
                classes[pair.classIndex].found += 1
            }
            for place in image.missed { classes[place].missed += 1 }
            for place in image.invented { classes[place].invented += 1 }
        }
    }

    /// Of one class; nil for one that neither truth nor prediction has.
    public subscript(_ place: Int) -> Score? { classes[place].fractions.map { Self.percent($0) } }

    /// Over those of the classes that truth or prediction has.
    ///
    /// - Returns: no score where there is none of them; their number.
    public func mean(over places: some Sequence<Int>) -> (score: Score?, classCount: Int) {
        let scores = places.compactMap { classes[$0].fractions }
        guard !scores.isEmpty else { return (nil, 0) }
        func mean(_ part: KeyPath<Score, Double>) -> Double {
            scores.reduce(0) { $0 + $1[keyPath: part] } / Double(scores.count)
        }
        return (Self.percent(Score(pq: mean(\.pq), sq: mean(\.sq), rq: mean(\.rq))), scores.count)
    }

    private static func percent(_ score: Score) -> Score {
        Score(pq: 100 * score.pq, sq: 100 * score.sq, rq: 100 * score.rq)
    }
}
