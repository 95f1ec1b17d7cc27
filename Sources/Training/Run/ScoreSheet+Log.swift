package import Basics
package import Evaluation

extension ScoreSheet {
    /// Names of the members that say which of the other members is the headline and which are its scores of classes.
    package static let headlineKey = "headline"
    package static let classScoresKey = "byClass"

    /// The members of the scores' line in `log.jsonl`, after `step` and `event`.
    package var logMembers: [(String, JSONValue)] {
        let byClass = classScores.map { [(Self.classScoresKey, JSONValue.string($0.key))] } ?? []
        return [(Self.headlineKey, .string(headline.key))] + byClass
            + members.map { ($0.key, $0.value.map { .number($0) } ?? .null) }
    }

    /// The headlines on one line: `mIoU 41.2 (fog 44.0, night 30.1)`.
    package var summary: String {
        measures.map { scores in
            let parts = scores.parts.map { "\($0.name) \(NumberText.percent($0.value))" }.joined(separator: ", ")
            return "\(scores.headline.title) \(NumberText.percent(scores.headline.value))"
                + (parts.isEmpty ? "" : " (\(parts))")
        }.joined(separator: ", ")
    }
}
