/// A table of plain text: the first column flush left, the others flush right. Where it would be wider than `widest`, titles
/// stand in several lines.
public struct TextTable: Sendable {
    /// Characters of a line that a terminal has room for.
    static let widest = 100

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
        let body = rows[0].indices.map { column in rows.dropFirst().map { $0[column].count }.max() ?? 0 }
        let plain = zip(rows[0], body).reduce(-Self.gap.count) { $0 + max($1.0.count, $1.1) + Self.gap.count }
        let titles = plain <= Self.widest ? rows[0].map { [$0] } : zip(rows[0], body).map(Self.wrapped)
        let widths = zip(titles, body).map { max($0.map(\.count).max() ?? 0, $1) }
        let height = titles.map(\.count).max() ?? 0
        // The last lines of titles stand side by side, above their values.
        var lines = (0..<height).map { line in
            Self.line(titles.map { $0.count + line < height ? "" : $0[$0.count + line - height] }, widths)
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: Self.gap)
        for (index, row) in rows.enumerated().dropFirst() {
            if ruled.contains(index) { lines.append(rule) }
            lines.append(Self.line(row, widths))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let gap = "  "

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        let line = cells.enumerated().map { padded($1, to: widths[$0], flushLeft: $0 == 0) }.joined(separator: gap)
        return String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count))
    }

    /// Titles up to here are left as they are.
    private static let shortTitle = 12

    /// A title in lines no longer than its longest word, or than what stands below: broken at spaces and behind slashes.
    private static func wrapped(_ title: String, _ below: Int) -> [String] {
        guard title.count > shortTitle else { return [title] }
        var words: [String] = [""]
        for character in title {
            words[words.count - 1].append(character)
            if character == " " || character == "/" { words.append("") }
        }
        func length(_ text: String) -> Int { text.last == " " ? text.count - 1 : text.count }
        let width = max(below, words.map(length).max() ?? 0)
        var lines = [""]
        for word in words {
            if lines[lines.count - 1].count + length(word) <= width {
                lines[lines.count - 1] += word
            } else {
                lines.append(word)
            }
        }
        return lines.map { String($0.prefix(length($0))) }
    }

    private static func padded(_ cell: String, to width: Int, flushLeft: Bool) -> String {
        let margin = String(repeating: " ", count: width - cell.count)
        return flushLeft ? cell + margin : margin + cell
    }
}
