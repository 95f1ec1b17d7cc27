/// Average precision of one category as COCO measures it (`COCOeval` for masks, at most 100 predictions an image and
/// category), in percent.
///
/// Precision at 101 recalls from 0 to 1, each the highest at that recall or a larger one; averaged over the recalls and
/// the IoU thresholds 0.50, 0.55, …, 0.95.
public struct COCOPrecision: Sendable, Equatable {
    /// Ranges of areas in pixels.
    public enum Size: Int, Sendable, CaseIterable {
        case all, small, medium, large

        /// Both ends count: an area on a border is of both ranges, as in COCOeval.
        var range: ClosedRange<Double> {
            switch self {
            case .all: 0...1e10
            case .small: 0...1024
            case .medium: 1024...9216
            case .large: 9216...1e10
            }
        }
    }

    /// Of one category in one image.
    static let mostPredictions = 100
    /// As `numpy.linspace(0.5, 0.95, 10)` and `numpy.linspace(0, 1, 101)` have them.
    static let thresholds = spaced(from: 0.5, to: 0.95, count: 10)
    private static let recalls = spaced(from: 0, to: 1, count: 101)

    private static func spaced(from first: Double, to last: Double, count: Int) -> [Double] {
        let step = (last - first) / Double(count - 1)
        return (0..<count - 1).map { Double($0) * step + first } + [last]
    }

    /// By range of sizes, then by threshold, then by recall, as fractions; nil where no true object counts.
    private let curves: [[[Double]]?]

    /// - Parameter images: of one category, by image.
    init(_ images: [COCOMatches]) {
        let scores = images.flatMap(\.scores)
        // Equal scores stay in the order of the images.
        let order = scores.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
        curves = Size.allCases.map { size -> [[Double]]? in
            let ranges = images.map { $0.ranges[size.rawValue] }
            let truthCount = ranges.reduce(0) { $0 + $1.truthCount }
            guard truthCount > 0 else { return nil }
            return Self.thresholds.indices.map { threshold in
                let outcomes = ranges.flatMap { $0.outcomes[threshold] }
                return Self.curve(order.map { outcomes[$0] }, truthCount: truthCount)
            }
        }
    }

    /// Precision at each recall.
    ///
    /// - Parameter outcomes: by descending score.
    private static func curve(_ outcomes: [COCOMatches.Outcome], truthCount: Int) -> [Double] {
        var (right, wrong) = (0.0, 0.0)
        var (recall, precision): ([Double], [Double]) = ([], [])
        for outcome in outcomes {
            if outcome == .right { right += 1 }
            if outcome == .wrong { wrong += 1 }
            recall.append(right / Double(truthCount))
            precision.append(right / (wrong + right + 1.0.ulp))
        }
        for place in precision.indices.dropFirst().reversed() where precision[place] > precision[place - 1] {
            precision[place - 1] = precision[place]
        }
        var place = 0
        return recalls.map { wanted in
            while place < recall.count && recall[place] < wanted { place += 1 }
            return place < recall.count ? precision[place] : 0
        }
    }

    /// Mean over thresholds and recalls, in percent.
    public func average(_ size: Size = .all) -> Double? { Self.average(of: [self], size) }

    /// At one IoU threshold: 0.5 or 0.75.
    public func average(at threshold: Double) -> Double? { Self.average(of: [self], .all, at: threshold) }

    /// Mean over categories that have a true object in the range; nil where none has.
    ///
    /// - Parameter threshold: one of the ten; nil for their mean.
    public static func average(
        of categories: [COCOPrecision], _ size: Size = .all, at threshold: Double? = nil
    ) -> Double? {
        let curves = categories.compactMap { $0.curves[size.rawValue] }
        let chosen = thresholds.indices.filter { threshold == nil || thresholds[$0] == threshold }
        // In the order in which COCOeval has them in memory.
        let values = chosen.flatMap { place in
            recalls.indices.flatMap { recall in curves.map { $0[place][recall] } }
        }
        return values.pairwiseMean.map { 100 * $0 }
    }
}
