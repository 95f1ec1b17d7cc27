internal import Basics

/// Scores of several runs side by side, in percent: a row a class, then means below a rule.
public struct ScoreTable: Sendable {
    /// A line of the table: a name and one value a column, nil where there is no score.
    public typealias Row = (name: String, values: [Double?])

    /// What the first column holds: `class`, `SQ`.
    public let title: String
    public let columns: [String]
    public let rows: [Row]
    public let means: [Row]

    /// - Precondition: as many values in every row as there are columns.
    public init(title: String = "class", columns: [String], rows: [Row], means: [Row]) {
        for row in rows + means {
            precondition(
                row.values.count == columns.count,
                "ScoreTable: \(row.values.count) scores of \(row.name) in \(columns.count) columns")
        }
        self.title = title
        self.columns = columns
        self.rows = rows
        self.means = means
    }

    /// One digit after the point; `-` where there is no score.
    public var text: String {
        var table = TextTable(header: [title] + columns)
        for row in rows { table.append([row.name] + row.values.map(NumberText.percent)) }
        if !rows.isEmpty && !means.isEmpty { table.appendRule() }
        for row in means { table.append([row.name] + row.values.map(NumberText.percent)) }
        return table.text
    }
}
