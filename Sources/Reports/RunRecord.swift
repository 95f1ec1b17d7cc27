internal import Basics
internal import Configuration
internal import Evaluation
internal import FoundationEssentials
public import Training

/// What a finished training left, or one in several stages, as far as a table of several runs needs it.
public struct RunRecord: Sendable {
    /// Scores of one network on the images of the run's setting, in percent.
    public struct Score: Sendable, Equatable {
        /// The setting's name, for another way of scoring the same network with its addition: `… + target statistics`.
        public let title: String
        /// What its measure calls the score: `mIoU`.
        public let name: String
        public let value: Double
        /// What its measure calls the scores of classes: `IoU`.
        public let className: String
        /// By class name; classes without a score are left out.
        public let classes: [String: Double]
        /// What further measures of the setting call their headline, for people, and its value; in their order.
        public let others: [Other]
    }

    /// The headline of a further measure.
    public struct Other: Sendable, Equatable {
        public let name: String
        public let value: Double

        public init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// The run's folder.
    public let path: String
    /// What the row is named by, and its images; of several stages those of the first, under the pipeline's name.
    public let configuration: RunConfiguration
    /// The setting of every training, without what it has of those before.
    public let trainings: [RunConfiguration]
    /// How a pipeline's labels were made; nothing for a single training.
    public let fusion: [String]
    /// Of the trained network, then those that `causeway evaluate … --report <run>/report` added.
    public let scores: [Score]
    /// Time of the steps of all trainings, without evaluations and checkpoints.
    public let trainingSeconds: Double

    /// Reads a run: `resolved.yaml` and `log.jsonl` of a run's folder, and `report/scores.json` where there is one.
    ///
    /// - Throws: `ConfigurationError`; `ReportError` for a run that is not finished, and for a damaged file.
    init(folder: String) throws {
        path = folder
        // The table needs names and numbers of the setting, not its folders: variables may be unset.
        configuration = try ConfigurationFile.load(stored: "\(folder)/\(TrainedModel.configurationName)") { _ in "/" }
        trainings = [configuration]
        fusion = []
        let log = try Self.log("\(folder)/log.jsonl")
        let steps = configuration.training.steps
        guard log.contains(where: { $0.event == "end" && $0.step == steps }) else {
            throw ReportError("\(folder): the run has not come to its \(steps) steps; finish it with --resume")
        }
        trainingSeconds = Self.seconds(log, configuration.training.batch)
        let last = log.last { $0.event == "evaluation" && $0.step == steps }
        guard let last, let own = Score(last.scores, configuration) else {
            scores = []
            return
        }
        scores =
            try [own]
            + Self.addedScores("\(folder)/report/scores.json", like: own, configuration)
            .filter { $0.title.hasPrefix("\(own.title) + ") }  // others may have been scored beside it
    }

    init(
        path: String, configuration: RunConfiguration, trainings: [RunConfiguration], fusion: [String],
        scores: [Score], trainingSeconds: Double
    ) {
        self.path = path
        self.configuration = configuration
        self.trainings = trainings
        self.fusion = fusion
        self.scores = scores
        self.trainingSeconds = trainingSeconds
    }

    /// - Throws: `ReportError` where nothing was scored.
    func requireScore() throws(ReportError) {
        guard scores.isEmpty else { return }
        throw ReportError("\(path): the run has no scores of its last step; train it with an evaluation.dataset")
    }
}

// MARK: - log.jsonl

extension RunRecord {
    private static func log(_ path: String) throws(ReportError) -> [LogLine] {
        guard let data = RegularFile.contents(of: path).map({ Data($0) }) else {
            throw ReportError("\(path): cannot be read; give the folder of a training run")
        }
        var lines: [LogLine] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                lines.append(try JSONDecoder().decode(LogLine.self, from: Data(line)))
            } catch {
                throw ReportError("\(path):\(index + 1): is not a line of a run's log; train the run again")
            }
        }
        return lines
    }

    /// The headlines of all measures but the first.
    ///
    /// - Parameter numbers: under the names that measures give.
    fileprivate static func others(_ numbers: [String: Double], _ configuration: RunConfiguration) -> [Other] {
        let subject = MeasureSubject(labelSpace: configuration.scoredLabelSpace)
        return configuration.evaluation.measures.dropFirst().compactMap { measure in
            let headline = measure.make(subject).scores.headline
            return numbers[headline.key].map { Other(name: headline.title, value: $0) }
        }
    }

    /// A line tells of the images a second since the line before it, or since the run was started.
    private static func seconds(_ log: [LogLine], _ batch: BatchConfiguration) -> Double {
        var (result, last, students) = (0.0, 0, 1)
        for line in log {
            switch line.event {
            case "start":
                last = max(last, line.step)
                students = max(1, (line.ranks ?? 1) - (line.teachers ?? 0))
            case "train":
                let images = (line.step - last) * batch.images(students: students)
                if let pace = line.imagesPerSecond, pace > 0 { result += Double(images) / pace }
                last = line.step
            default: break
            }
        }
        return result
    }

    /// What a table needs of a line of `log.jsonl`.
    private struct LogLine: Decodable {
        let step: Int
        let event: String
        let ranks: Int?
        let teachers: Int?
        let imagesPerSecond: Double?
        let scores: LoggedScores

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            step = try values.decode(Int.self, forKey: Key("step"))
            event = try values.decode(String.self, forKey: Key("event"))
            ranks = try values.decodeIfPresent(Int.self, forKey: Key("ranks"))
            teachers = try values.decodeIfPresent(Int.self, forKey: Key("teachers"))
            imagesPerSecond = try values.decodeIfPresent(Double.self, forKey: Key("imagesPerSecond"))
            scores = try LoggedScores(from: decoder)
        }
    }

    /// Scores as a line of `log.jsonl` says them.
    struct LoggedScores: Decodable {
        /// The names of the score and of the scores of classes.
        let headline: String
        let byClass: String
        let score: Double?
        let classes: [String: Double]
        /// All numbers of an evaluation, in which the headlines of further measures are.
        let numbers: [String: Double]

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            headline = try values.decodeIfPresent(String.self, forKey: Key(ScoreSheet.headlineKey))
                ?? Score.unnamed.score
            byClass = try values.decodeIfPresent(String.self, forKey: Key(ScoreSheet.classScoresKey))
                ?? Score.unnamed.classes
            score = try values.decodeIfPresent(Double.self, forKey: Key(headline))
            let prefix = byClass + "."
            var scores: [String: Double] = [:]
            for key in values.allKeys where key.stringValue.hasPrefix(prefix) {
                let name = String(key.stringValue.dropFirst(prefix.count))
                scores[name] = try values.decodeIfPresent(Double.self, forKey: key)
            }
            classes = scores
            numbers = values.numbers
        }
    }

    fileprivate struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }
}

extension KeyedDecodingContainer<RunRecord.Key> {
    /// The members that are numbers.
    fileprivate var numbers: [String: Double] {
        var numbers: [String: Double] = [:]
        for key in allKeys { numbers[key.stringValue] = try? decode(Double.self, forKey: key) }
        return numbers
    }
}

extension BatchConfiguration {
    /// Images of each domain a step on all students together.
    fileprivate func images(students: Int) -> Int {
        switch self {
        case .global(let images): images
        case .perStudent(let images): images * students
        }
    }
}

extension RunRecord.Score {
    /// nil where nothing was scored.
    init?(_ logged: RunRecord.LoggedScores, _ configuration: RunConfiguration) {
        guard let score = logged.score else { return nil }
        self.init(
            title: configuration.name, name: logged.headline, value: score, className: logged.byClass,
            classes: logged.classes, others: RunRecord.others(logged.numbers, configuration))
    }

    /// What scores are called in logs and reports of before there were several measures.
    fileprivate static let unnamed = (score: "mIoU", classes: "IoU")
}

// MARK: - report/scores.json

extension RunRecord {
    private static func addedScores(
        _ path: String, like own: Score, _ configuration: RunConfiguration
    ) throws(ReportError) -> [Score] {
        guard let data = RegularFile.contents(of: path).map({ Data($0) }) else { return [] }
        do {
            let report = try JSONDecoder().decode(Report.self, from: data)
            // Scores of another measure have no place beside those of the run.
            guard report.headline == own.name else { return [] }
            return report.scores.compactMap { entry in
                entry.score.map {
                    Score(
                        title: entry.title, name: own.name, value: $0, className: own.className, classes: entry.classes,
                        others: others(entry.numbers, configuration))
                }
            }
        } catch {
            throw ReportError(
                "\(path): does not hold the scores of a run; write it again with `causeway evaluate`")
        }
    }

    /// `scores.json` of `causeway evaluate --report`.
    private struct Report: Decodable {
        struct Entry {
            let title: String
            let score: Double?
            let numbers: [String: Double]
            let classes: [String: Double]
        }

        let headline: String
        let scores: [Entry]

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            headline = try values.decodeIfPresent(String.self, forKey: Key("headline")) ?? Score.unnamed.score
            var list = try values.nestedUnkeyedContainer(forKey: Key("scores"))
            var entries: [Entry] = []
            while !list.isAtEnd {
                let entry = try list.nestedContainer(keyedBy: Key.self)
                let classes = try entry.decode([String: Double?].self, forKey: Key("classes"))
                entries.append(
                    Entry(
                        title: try entry.decode(String.self, forKey: Key("title")),
                        score: try entry.decodeIfPresent(Double.self, forKey: Key(headline)), numbers: entry.numbers,
                        classes: classes.compactMapValues { $0 }))
            }
            scores = entries
        }
    }
}
