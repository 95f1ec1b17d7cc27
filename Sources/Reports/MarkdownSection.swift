internal import Basics
internal import FoundationEssentials

/// The generated part of a document that people write, between two lines of their own.
package struct MarkdownSection {
    package static let begin = "<!-- summary -->"
    package static let end = "<!-- end of summary -->"

    package let path: String
    /// Which of a document's generated parts, by the name in its first line: `<!-- summary: NAME -->`.
    package let name: String?

    package init(path: String, name: String? = nil) { (self.path, self.name) = (path, name) }

    private var begin: String { name.map { "<!-- summary: \($0) -->" } ?? Self.begin }

    /// Replaces what stands between the two lines.
    ///
    /// - Throws: when the file cannot be read or written, or lacks one of the lines.
    package func replace(with text: String) throws {
        guard let contents = RegularFile.contents(of: path) else {
            throw ReportError("\(path): cannot be read; check the path")
        }
        let lines = String(decoding: contents, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.firstIndex(of: begin[...]),
            let last = lines[first...].firstIndex(of: Self.end[...])
        else {
            throw ReportError("\(path): has no line '\(begin)' with a line '\(Self.end)' below it; add both")
        }
        let before = lines[...first].joined(separator: "\n")
        let after = lines[last...].joined(separator: "\n")
        try TextFile.write("\(before)\n\n\(text)\n\(after)", to: path)
    }
}
