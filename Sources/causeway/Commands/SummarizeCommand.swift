internal import ArgumentParser
internal import Basics
internal import Reports
internal import Training

/// `causeway summarize`: one table of finished runs of several settings and seeds.
struct SummarizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summarize",
        abstract: "Puts finished runs of several settings and seeds into one Markdown table.",
        discussion: """
            Scores are those of each run's last step, in its log.jsonl; where `causeway evaluate RUN --report \
            RUN/report` added another one, such as that with target statistics, it gets a row of its own. A pipeline has \
            a row for what its models find together, as they were scored when they made the labels, and one for its final \
            model. Runs of one \
            name must differ in the seed alone. Rows stand in the order of the runs, one table for each pair of domains.
            """)

    @Argument(help: "Folders that `causeway train` or `causeway pipeline` wrote.")
    var runs: [String]

    @Option(help: "Markdown file to write instead of standard output.")
    var out: String?

    @Option(help: "Markdown file to replace a part of: from '\(MarkdownSection.begin)' to '\(MarkdownSection.end)'.")
    var into: String?

    @Option(help: "Which part of --into, where it has several: that after the line '<!-- summary: SECTION -->'.")
    var section: String?

    @Flag(help: "Print one JSON document instead of Markdown.")
    var json = false

    func validate() throws {
        guard !runs.isEmpty else { throw ValidationError("give at least one folder of a run") }
        guard into != nil || section == nil else {
            throw ValidationError("--section names a part of --into; give both")
        }
    }

    func run() throws {
        let summary = try RunSummary(try runs.flatMap { try RunRecord.all(in: $0) })
        let markdown = summary.markdown()
        if let out { try TextFile.write(markdown, to: out) }
        if let into { try MarkdownSection(path: into, name: section).replace(with: markdown) }
        if json {
            print(summary.json.text)
        } else if out == nil && into == nil {
            print(markdown, terminator: "")
        }
    }
}
