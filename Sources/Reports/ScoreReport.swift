package import Basics
package import Datasets
package import Evaluation

/// Scores of one or several predictions of one data set, for people and for programs, under the names that their
/// measures give.
package struct ScoreReport {
    package struct Column {
        package let title: String
        package let scores: ScoreSheet

        package init(title: String, scores: ScoreSheet) {
            self.title = title
            self.scores = scores
        }
    }

    package let labelSpace: LabelSpace
    package let imageCount: Int
    package let columns: [Column]

    /// - Precondition: at least one column; all were scored by the same measures.
    package init(labelSpace: LabelSpace, imageCount: Int, columns: [Column]) {
        precondition(!columns.isEmpty, "ScoreReport: there is no column")
        self.labelSpace = labelSpace
        self.imageCount = imageCount
        self.columns = columns
        precondition(
            columns.allSatisfy { Self.names(of: $0.scores) == Self.names(of: columns[0].scores) },
            "ScoreReport: the columns were scored by different measures")
    }

    private static func names(of sheet: ScoreSheet) -> [[String]] {
        sheet.measures.map { scores in
            [scores.headline.key] + scores.parts.map(\.name) + scores.others.map(\.key) + scores.classes.map(\.key)
        }
    }
}

// MARK: - Text

extension ScoreReport {
    /// A table of every measure, and one of the numbers that have neither classes nor parts.
    package var table: String {
        let measures = columns[0].scores.measures.indices.flatMap(tables)
        let further = furtherTable
        return (measures.map(\.text) + (further.map { [$0] } ?? [])).joined(separator: "\n")
    }

    /// The first list of class scores stands above the headline and its parts, each further one in a table of its own.
    private func tables(ofMeasure place: Int) -> [ScoreTable] {
        let scores = columns.map { $0.scores.measures[place] }
        let (first, titles) = (scores[0], columns.map(\.title))
        let means = [ScoreTable.Row(first.headline.title, scores.map(\.headline.value))]
            + first.parts.indices.map { part in
                ("\(first.headline.title) \(first.parts[part].name)", scores.map { $0.parts[part].value })
            }
        guard !first.classes.isEmpty else {
            return [ScoreTable(title: "score", columns: titles, rows: [], means: means)]
        }
        return first.classes.indices.map { list in
            let rows = labelSpace.classNames.enumerated().map { index, name in
                ScoreTable.Row(name, scores.map { $0.classes[list].values[index] })
            }
            return ScoreTable(
                title: list == 0 ? "class" : first.classes[list].key, columns: titles, rows: rows,
                means: list == 0 ? means : [])
        }
    }

    private var furtherTable: String? {
        let scores = columns.map { $0.scores.measures.flatMap(\.others) }
        guard !scores[0].isEmpty else { return nil }
        var table = TextTable(header: ["\(imageCount) image\(imageCount == 1 ? "" : "s")"] + columns.map(\.title))
        for place in scores[0].indices {
            table.append([scores[0][place].title] + scores.map { NumberText.percent($0[place].value) })
        }
        return table.text
    }
}

// MARK: - JSON

extension ScoreReport {
    /// `{labelSpace, images, headline, scores: [{title, mIoU, mIoU.fog, …, classes: {name: IoU}}], pixelAccuracy:
    /// [...]}`, all in percent; `classes` are those of the first measure, `classes.<name>` further ones.
    package var json: JSONValue {
        let further = columns[0].scores.measures.flatMap(\.others).indices.map { place in
            let scores = columns.map { $0.scores.measures.flatMap(\.others)[place] }
            return (scores[0].key, JSONValue.array(scores.map { Self.number($0.value) }))
        }
        return .object(
            [
                ("labelSpace", .string(labelSpace.name)), ("images", .integer(imageCount)),
                ("headline", .string(columns[0].scores.headline.key)), ("scores", .array(columns.map(json))),
            ] + further)
    }

    private func json(of column: Column) -> JSONValue {
        var members: [(String, JSONValue)] = [("title", .string(column.title))]
        for scores in column.scores.measures {
            members.append((scores.headline.key, Self.number(scores.headline.value)))
            members += scores.parts.map { ("\(scores.headline.key).\($0.name)", Self.number($0.value)) }
        }
        for (place, list) in column.scores.measures.flatMap(\.classes).enumerated() {
            let classes = zip(labelSpace.classNames, list.values).map { ($0, Self.number($1)) }
            members.append((place == 0 ? "classes" : "classes.\(list.key)", .object(classes)))
        }
        return .object(members)
    }

    private static func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
}
