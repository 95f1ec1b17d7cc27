/// A table of plain text: the first column flush left, the others flush right.
public struct TextTable: Sendable {
    private var rows: [[String]]
    /// Indices of rows that a rule stands above.
    private var ruled: Set<Int> = [1]

    public init(header: [String]) { rows = [header] }

    /// - Precondition: as many cells as the header has.
    public mutating func append(_ row: [String]) {
        precondition(row.count == rows[0].count, "TextTable: \(row.count) cells in a table of \(rows[0].count) columns")
        rows.append(row)
    }

    /// Sets the rows that follow apart by a rule.
    public mutating func appendRule() { ruled.insert(rows.count) }

    /// The table without trailing spaces, one line a row, ending in a newline.
    public var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            if ruled.contains(index) { lines.append(rule) }
            let cells = row.enumerated().map { Self.padded($1, to: widths[$0], flushLeft: $0 == 0) }
            let line = cells.joined(separator: "  ")
            lines.append(String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count)))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func padded(_ cell: String, to width: Int, flushLeft: Bool) -> String {
        let margin = String(repeating: " ", count: width - cell.count)
        return flushLeft ? cell + margin : margin + cell
    }
}
