internal import Datasets

/// The names that an evaluation gives to its scores, known before anything is measured: `mIoU`, `mIoU.fog`,
/// `pixelAccuracy`, `IoU.road`.
package struct ScoreNames: Sendable {
    /// Of all images, headlines first.
    private let overall: [String]
    /// Of each class, by what stands before the class.
    private let byClass: [(key: String, names: [String])]

    /// - Parameter measures: of the subject; nothing needs to be measured yet.
    package init(of measures: [any Measure], _ subject: MeasureSubject) {
        let scores = measures.map(\.scores)
        overall = scores.flatMap { scores in
            [scores.headline.key] + scores.parts.map { "\(scores.headline.key).\($0.name)" } + scores.others.map(\.key)
        }
        let classes = subject.scoredTrainIDs.map { subject.labelSpace.classNames[$0] }
        byClass = scores.flatMap(\.classes).map { list in (list.key, classes.map { "\(list.key).\($0)" }) }
    }

    package var all: [String] { overall + byClass.flatMap(\.names) }

    /// For a person: `mIoU, pixelAccuracy, IoU.<class>`.
    package var summary: String {
        (overall + byClass.map { "\($0.key).<class>" }).joined(separator: ", ")
    }
}

extension ScoreSheet {
    /// A score by its name; nil where it has no value, or is none.
    package func value(of name: String) -> Double? {
        members.first { $0.key == name }?.value
    }
}
