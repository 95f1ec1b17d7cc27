/// What a measure says about a data set, under names of its own. Values are in percent; nil where there is nothing to
/// score.
public struct MeasureScores: Sendable, Equatable {
    /// A number with its name.
    public struct Score: Sendable, Equatable {
        /// In logs and JSON: `mIoU`, `pixelAccuracy`.
        public let key: String
        /// For people: `mIoU`, `pixel accuracy`.
        public let title: String
        public let value: Double?

        /// - Parameter title: nil for the key.
        public init(_ key: String, title: String? = nil, _ value: Double?) {
            self.key = key
            self.title = title ?? key
            self.value = value
        }
    }

    /// The headline over some of the images or classes: `fog`, `13 classes`.
    public struct Part: Sendable, Equatable {
        public let name: String
        public let value: Double?

        public init(_ name: String, _ value: Double?) {
            self.name = name
            self.value = value
        }
    }

    /// One number a class.
    public struct ClassScores: Sendable, Equatable {
        /// `IoU`; logs have `IoU.road`.
        public let key: String
        /// In the order of the label space; nil also for a class that is not scored.
        public let values: [Double?]

        public init(_ key: String, _ values: [Double?]) {
            self.key = key
            self.values = values
        }
    }

    /// The number that stands for all: what tables compare and summaries average.
    public let headline: Score
    public let parts: [Part]
    /// Further numbers over all images.
    public let others: [Score]
    /// The first is the one that summaries show.
    public let classes: [ClassScores]

    public init(headline: Score, parts: [Part] = [], others: [Score] = [], classes: [ClassScores] = []) {
        self.headline = headline
        self.parts = parts
        self.others = others
        self.classes = classes
    }
}

/// The scores of one network on one data set, by one measure or several.
public struct ScoreSheet: Sendable, Equatable {
    /// In the order of the label space.
    public let classNames: [String]
    /// The first one's headline is the sheet's.
    public let measures: [MeasureScores]

    /// - Precondition: at least one measure; no name twice; as many values a list as there are classes.
    public init(classNames: [String], _ measures: [MeasureScores]) {
        precondition(!measures.isEmpty, "ScoreSheet: there is no measure")
        self.classNames = classNames
        self.measures = measures
        let keys = members.map(\.key)
        precondition(Set(keys).count == keys.count, "ScoreSheet: a name stands twice among \(keys)")
    }

    public var headline: MeasureScores.Score { measures[0].headline }

    /// What summaries show by class; nil where the first measure has no scores of classes.
    public var classScores: MeasureScores.ClassScores? { measures[0].classes.first }

    /// Every number with its name in logs: `mIoU`, `mIoU.fog`, `pixelAccuracy`, `IoU.road`. Classes without a score are
    /// left out.
    public var members: [(key: String, value: Double?)] {
        measures.flatMap { scores -> [(key: String, value: Double?)] in
            let parts = scores.parts.map { (key: "\(scores.headline.key).\($0.name)", value: $0.value) }
            let classes = scores.classes.flatMap { list in
                precondition(
                    list.values.count == classNames.count,
                    "ScoreSheet: \(list.values.count) scores \(list.key) for \(classNames.count) classes")
                return zip(classNames, list.values).filter { $0.1 != nil }
                    .map { (key: "\(list.key).\($0.0)", value: $0.1) }
            }
            return [(scores.headline.key, scores.headline.value)] + parts
                + scores.others.map { ($0.key, $0.value) } + classes
        }
    }
}
