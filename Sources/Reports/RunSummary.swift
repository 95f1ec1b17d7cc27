internal import Datasets
public import Training

/// Finished runs of several settings and seeds as one table for each pair of domains: a row a setting, a column a seed.
public struct RunSummary: Sendable {
    /// Runs with the same labelled images, target, images to score on, and measure.
    public struct Benchmark: Sendable {
        /// Source and target: `render → camera`; with the measure's score where others are scored by another one.
        public fileprivate(set) var title: String
        /// What the measure calls its score and its scores of classes: `mIoU`, `IoU`.
        public let scoreName: String
        public let className: String
        /// In the order in which the runs were given.
        public var rows: [Row]

        /// Of every row the one before it that was scored in the same way; nil for the first.
        var rowsBefore: [Row?] {
            rows.indices.map { place in rows[..<place].last { $0.addition == rows[place].addition } }
        }
    }

    /// One setting.
    public struct Row: Sendable {
        /// The setting's name; for another way of scoring the same networks with its addition.
        public let title: String
        /// Of every run, the seeds aside.
        public let configuration: RunConfiguration
        /// The settings of all trainings of a run: one, but for a pipeline.
        public let trainings: [RunConfiguration]
        public var runs: [Run]

        /// What the title adds to the setting's name: `" + target statistics"`, or nothing.
        var addition: Substring { title.dropFirst(configuration.name.count) }

        /// Mean of the runs' scores, in percent.
        public var mean: Double { RunSummary.mean(runs.map(\.score.value)) }

        /// Sample standard deviation of the runs' scores: divided by one less than their number; nil for one run.
        public var standardDeviation: Double? { RunSummary.standardDeviation(runs.map(\.score.value)) }

        /// The headline of a further measure in every run that has one.
        public func others(_ name: String) -> [Double] { runs.compactMap { $0.other(name) } }

        /// What the runs of each seed have more than those of another row with that seed, as seeds draw alike in all rows; in
        /// the order of this row's runs, and nothing over a row that was scored on other classes.
        public func gains(over row: Row, _ score: (Run) -> Double?) -> [Double] {
            guard (try? configuration.scoredTrainIDs()) == (try? row.configuration.scoredTrainIDs()) else { return [] }
            return runs.compactMap { run in
                guard let other = row.runs.first(where: { $0.seed == run.seed }), let own = score(run),
                    let theirs = score(other)
                else { return nil }
                return own - theirs
            }
        }

        /// Mean time of the runs' training steps.
        public var trainingSeconds: Double { RunSummary.mean(runs.map(\.trainingSeconds)) }

        /// Mean score of a class over the runs that have one for it; nil when none has.
        public func classScore(_ name: String) -> Double? {
            let scores = runs.compactMap { $0.score.classes[name] }
            return scores.isEmpty ? nil : RunSummary.mean(scores)
        }
    }

    /// One seed.
    public struct Run: Sendable {
        public let seed: UInt64
        public let score: RunRecord.Score
        public let trainingSeconds: Double

        /// The headline of a further measure; nil where it was not taken.
        public func other(_ name: String) -> Double? { score.others.first { $0.name == name }?.value }
    }

    /// In the order in which the runs were given.
    public private(set) var benchmarks: [Benchmark] = []

    /// Groups runs by the domains and the name of their settings.
    ///
    /// - Throws: `ReportError` when two runs of one name differ in more than the seed, or in nothing.
    public init(_ records: [RunRecord]) throws(ReportError) {
        var first: [String: RunRecord] = [:]
        for record in records {
            guard let score = record.scores.first else { continue }
            let benchmark = "\(record.configuration.domains)\0\(score.name)"
            if let other = first["\(benchmark)/\(record.configuration.name)"] {
                try Self.requireSameSetting(record, other)
            } else {
                first["\(benchmark)/\(record.configuration.name)"] = record
            }
            let place = index(ofBenchmark: record.configuration.domains, score)
            for score in record.scores { try benchmarks[place].append(score, of: record) }
        }
        let titles = benchmarks.map(\.title)
        for place in benchmarks.indices where titles.count(where: { $0 == titles[place] }) > 1 {
            benchmarks[place].title += ", \(benchmarks[place].scoreName)"
        }
    }

    /// Seeds of a benchmark's runs, ascending.
    public static func seeds(of benchmark: Benchmark) -> [UInt64] {
        Set(benchmark.rows.flatMap { $0.runs.map(\.seed) }).sorted()
    }

    private mutating func index(ofBenchmark title: String, _ score: RunRecord.Score) -> Int {
        if let index = benchmarks.firstIndex(where: { $0.title == title && $0.scoreName == score.name }) {
            return index
        }
        benchmarks.append(Benchmark(title: title, scoreName: score.name, className: score.className, rows: []))
        return benchmarks.count - 1
    }

    private static func requireSameSetting(_ run: RunRecord, _ other: RunRecord) throws(ReportError) {
        func seedless(_ record: RunRecord) -> [RunConfiguration] {
            ([record.configuration] + record.trainings).map { setting in
                var setting = setting
                setting.seed = 0
                return setting
            }
        }
        guard run.fusion == other.fusion else {
            throw ReportError(
                "\(run.path) and \(other.path) are both named '\(run.configuration.name)', but learnt from labels that were made "
                    + "otherwise: \(run.fusion.joined(separator: ", ")), and \(other.fusion.joined(separator: ", ")); make one of "
                    + "them again")
        }
        guard seedless(run) == seedless(other) else {
            throw ReportError(
                "\(run.path) and \(other.path) are both named '\(run.configuration.name)', but their settings "
                    + "differ in more than the seed; compare their resolved.yaml, and train one of them again")
        }
    }

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

    /// Of a sample; nil for less than two values.
    static func standardDeviation(_ values: [Double]) -> Double? {
        guard values.count > 1 else { return nil }
        let mean = mean(values)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
}

extension RunSummary.Benchmark {
    fileprivate mutating func append(_ score: RunRecord.Score, of record: RunRecord) throws(ReportError) {
        let seed = record.configuration.seed
        let run = RunSummary.Run(seed: seed, score: score, trainingSeconds: record.trainingSeconds)
        guard let row = rows.firstIndex(where: { $0.title == score.title }) else {
            rows.append(
                .init(
                    title: score.title, configuration: record.configuration, trainings: record.trainings, runs: [run]))
            return
        }
        guard !rows[row].runs.contains(where: { $0.seed == seed }) else {
            throw ReportError(
                "\(record.path): another run of '\(score.title)' has the seed \(seed) too; give each once")
        }
        rows[row].runs.append(run)
    }
}

extension RunConfiguration {
    /// Source and what is scored: `render → camera`, `gta → cityscapes`. A folder of a layout of its own has its name, and
    /// that of the list of its images.
    fileprivate var domains: String {
        func name(_ dataset: DatasetConfiguration) -> String {
            let folder = dataset.kind == .folder ? dataset.root.split(separator: "/").last { $0 != "." } : nil
            let list = dataset.list?.split(separator: "/").last?.prefix { $0 != "." }
            let named = [folder, list].compactMap { $0 }.joined(separator: " ")
            let first = dataset.domain?.rawValue ?? (folder == nil ? dataset.kind.rawValue : named)
            return ([first] + dataset.also.map(name)).joined(separator: " + ")
        }
        return "\(name(data.source)) → \((evaluation.dataset ?? data.target).map(name) ?? "-")"
    }
}
