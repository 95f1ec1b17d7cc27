package import Basics
package import Evaluation

/// Panoptic quality of prediction files, for people and for programs.
package struct PanopticReport {
    private let categories: [PanopticFileScorer.Category]
    private let imageCount: Int
    private let quality: PanopticQuality

    package init(_ scorer: PanopticFileScorer, _ quality: PanopticQuality) {
        categories = scorer.categories
        imageCount = scorer.imageCount
        self.quality = quality
    }

    private var groups: [(name: String, score: PanopticQuality.Score?, classCount: Int)] {
        let choices: [(String, (Bool) -> Bool)] = [("all", { _ in true }), ("things", { $0 }), ("stuff", { !$0 })]
        return choices.map { name, isChosen in
            let (score, count) = quality.mean(over: categories.indices.filter { isChosen(categories[$0].isThing) })
            return (name, score, count)
        }
    }

    /// Whether there is a segment that counts.
    package var hasScore: Bool { groups[0].score != nil }

    package var table: String {
        var table = TextTable(header: ["class", "PQ", "SQ", "RQ", "TP", "FP", "FN"])
        for (place, category) in categories.enumerated() {
            let counts = quality.classes[place]
            table.append(
                [category.name] + Self.cells(quality[place])
                    + ["\(counts.found)", "\(counts.invented)", "\(counts.missed)"])
        }
        table.appendRule()
        for group in groups {
            table.append(["\(group.name) (\(group.classCount) classes)"] + Self.cells(group.score) + ["", "", ""])
        }
        return table.text + "\(imageCount) image\(imageCount == 1 ? "" : "s")\n"
    }

    private static func cells(_ score: PanopticQuality.Score?) -> [String] {
        [score?.pq, score?.sq, score?.rq].map(NumberText.percent)
    }

    /// `{images, all: {pq, sq, rq, n}, things, stuff, classes: {name: {id, pq, sq, rq, tp, fp, fn}}}`, in percent. A
    /// mean over no class is null; a class that neither truth nor prediction has is 0, as panopticapi writes it.
    package var json: JSONValue {
        let means = groups.map { group in
            (group.name, JSONValue.object(Self.members(group.score) + [("n", .integer(group.classCount))]))
        }
        let zero = PanopticQuality.Score.zero
        let classes = categories.enumerated().map { place, category in
            let counts = quality.classes[place]
            return (
                category.name,
                JSONValue.object(
                    [("id", .integer(category.id))] + Self.members(quality[place] ?? zero)
                        + [
                            ("tp", .integer(counts.found)), ("fp", .integer(counts.invented)),
                            ("fn", .integer(counts.missed)),
                        ])
            )
        }
        return .object([("images", .integer(imageCount))] + means + [("classes", .object(classes))])
    }

    private static func members(_ score: PanopticQuality.Score?) -> [(String, JSONValue)] {
        func value(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }
        return [("pq", value(score?.pq)), ("sq", value(score?.sq)), ("rq", value(score?.rq))]
    }
}
