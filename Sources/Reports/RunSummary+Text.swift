public import Basics
internal import Configuration
internal import Datasets
internal import Training

extension RunSummary {
    /// The tables in Markdown: for each benchmark the scores of all seeds, those of further measures, and the mean score of
    /// every class.
    ///
    /// - Parameter headingLevel: of a benchmark's heading, 1 to 6.
    public func markdown(headingLevel: Int = 3) -> String {
        precondition((1...6).contains(headingLevel), "RunSummary: heading levels go from 1 to 6, got \(headingLevel)")
        let heading = String(repeating: "#", count: headingLevel)
        return benchmarks.map { benchmark in
            let tables = [Self.scores(of: benchmark), Self.otherScores(of: benchmark), Self.classScores(of: benchmark)]
            return "\(heading) \(benchmark.title)\n\n\(tables.compactMap { $0 }.joined(separator: "\n"))"
        }.joined(separator: "\n")
    }

    /// The same as JSON: a list of `{benchmark, rows: [{title, mean, standardDeviation, trainingSeconds, runs: [{seed,
    /// <score>, trainingSeconds, classes: {name: score}, others: {name: score}}]}]}`; `<score>` stands for the name of the
    /// measure's score, `others` are those of further measures.
    public var json: JSONValue {
        .array(
            benchmarks.map { benchmark in
                .object([("benchmark", .string(benchmark.title)), ("rows", .array(benchmark.rows.map(\.json)))])
            })
    }

    private static func scores(of benchmark: Benchmark) -> String {
        let seeds = seeds(of: benchmark)
        var table = MarkdownTable(
            header: ["setting", "training", "\(benchmark.scoreName), %", gainTitle] + seeds.map { "seed \($0)" } + [
                "training time"
            ])
        for (row, before) in zip(benchmark.rows, benchmark.rowsBefore) {
            let cells = seeds.map { seed in
                row.runs.first { $0.seed == seed }.map { percent($0.score.value) } ?? "-"
            }
            let gain = before.map { row.gains(over: $0) { $0.score.value } } ?? []
            table.append(
                [row.title, row.effort, spread(row.runs.map(\.score.value)), range(gain)] + cells
                    + [NumberText.duration(seconds: row.trainingSeconds)])
        }
        return table.text
    }

    /// nil where the runs were scored by one measure.
    private static func otherScores(of benchmark: Benchmark) -> String? {
        var names: [String] = []
        for other in benchmark.rows.flatMap(\.runs).flatMap(\.score.others) where !names.contains(other.name) {
            names.append(other.name)
        }
        guard !names.isEmpty else { return nil }
        var table = MarkdownTable(header: ["setting"] + names.flatMap { ["\($0), %", gainTitle] })
        for (row, before) in zip(benchmark.rows, benchmark.rowsBefore) {
            table.append(
                [row.title]
                    + names.flatMap { name in
                        let gain = before.map { row.gains(over: $0) { $0.other(name) } } ?? []
                        return [spread(row.others(name)), range(gain)]
                    })
        }
        return table.text
    }

    private static let gainTitle = "over the row before"

    /// Mean, smallest and largest of differences seed by seed: `+5.4 (+4.1 to +6.3)`.
    private static func range(_ gains: [Double]) -> String {
        guard let smallest = gains.min(), let largest = gains.max() else { return "-" }
        func signed(_ value: Double) -> String {
            let text = NumberText.fixed(value, digits: 1)
            return value > 0 && text != NumberText.fixed(0, digits: 1) ? "+" + text : text
        }
        return signed(mean(gains)) + (gains.count > 1 ? " (\(signed(smallest)) to \(signed(largest)))" : "")
    }

    /// Mean and sample standard deviation: `41.2 ± 0.3`.
    private static func spread(_ values: [Double]) -> String {
        guard !values.isEmpty else { return "-" }
        let deviation = standardDeviation(values).map { " ± " + NumberText.fixed($0, digits: 1) } ?? ""
        return percent(mean(values)) + deviation
    }

    private static func classScores(of benchmark: Benchmark) -> String {
        let names = benchmark.rows.first?.configuration.scoredLabelSpace.classNames ?? []
        let scored = names.filter { name in benchmark.rows.contains { $0.classScore(name) != nil } }
        var table = MarkdownTable(header: ["mean \(benchmark.className), %"] + benchmark.rows.map(\.title))
        for name in scored { table.append([name] + benchmark.rows.map { $0.classScore(name).map(percent) ?? "-" }) }
        return table.text
    }

    private static func percent(_ value: Double) -> String { NumberText.fixed(value, digits: 1) }
}

extension RunSummary.Row {
    fileprivate var json: JSONValue {
        .object([
            ("title", .string(title)), ("mean", .number(mean)),
            ("standardDeviation", standardDeviation.map { .number($0) } ?? .null),
            ("trainingSeconds", .number(trainingSeconds)), ("runs", .array(runs.map(\.json))),
        ])
    }
}

extension RunSummary.Run {
    fileprivate var json: JSONValue {
        let classes = score.classes.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.number($0.value)) }
        return .object([
            ("seed", .string("\(seed)")), (score.name, .number(score.value)),
            ("trainingSeconds", .number(trainingSeconds)), ("classes", .object(classes)),
            ("others", .object(score.others.map { ($0.name, .number($0.value)) })),
        ])
    }
}

extension RunSummary.Row {
    /// Of all trainings: `4 x 400 steps of 3 crops, 192x192`.
    fileprivate var effort: String {
        var kinds: [(effort: String, count: Int)] = []
        for effort in trainings.map(\.effort) {
            if effort == kinds.last?.effort { kinds[kinds.count - 1].count += 1 } else { kinds.append((effort, 1)) }
        }
        return kinds.map { ($0.count == 1 ? "" : "\($0.count) x ") + $0.effort }.joined(separator: "; ")
    }
}

extension RunConfiguration {
    /// Steps, images of each domain and crop: `800 steps of 4 crops, 128x128`.
    fileprivate var effort: String {
        let images =
            switch training.batch {
            case .global(let images): "\(images)"
            case .perStudent(let images): "\(images) a student"
            }
        return "\(training.steps) steps of \(images) crops, \(data.crop.width)x\(data.crop.height)"
    }
}

/// A table in Markdown, the first column flush left, the others flush right.
private struct MarkdownTable {
    private(set) var text: String
    private let columnCount: Int

    init(header: [String]) {
        columnCount = header.count
        text = Self.line(header) + Self.line(["---"] + header.dropFirst().map { _ in "--:" })
    }

    mutating func append(_ cells: [String]) {
        precondition(cells.count == columnCount, "MarkdownTable: \(cells.count) cells in \(columnCount) columns")
        text += Self.line(cells)
    }

    private static func line(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
}
