internal import Basics
internal import Collectives
internal import DataLoading
internal import DataParallel
internal import Evaluation
internal import FoundationEssentials
internal import NN
internal import RunLogs
internal import TensorEngine
internal import WeightFiles

/// Rank zero's account of a run: the progress line, and `log.jsonl`.
final class RunReporter {
    private let configuration: RunConfiguration
    private let log: RunLog
    private let outputFolder: String
    private var progress: ProgressLine
    private var pace: RunPace
    /// Before lines for a person.
    private let prefix: String
    private let globalBatch: Int
    private let lastStep: Int
    private let learningRateFactor: (Int) -> Double
    private let skippedSteps: () -> Int
    /// Sums since the last line.
    private var seconds = 0.0
    private var wait = 0.0
    private var systemAllocations = 0
    private var hostWaits = 0
    private var losses: [StepRecord.Term] = []
    private var count = 0
    /// Of these the steps with losses.
    private var learntCount = 0

    init(_ run: TrainingRun) throws {
        configuration = run.configuration
        guard case .student(let student) = run.work else {
            preconditionFailure("RunReporter: rank 0 is a student")
        }
        let replica = student.replica
        learningRateFactor = replica.learningRateFactor(at:)
        skippedSteps = { replica.skippedSteps }
        globalBatch = run.data.reader.plan.globalBatch
        outputFolder = run.options.outputFolder
        lastStep = run.lastStep
        log = try RunLog(
            path: "\(run.options.outputFolder)/log.jsonl", resumedStep: run.firstStep,
            eventFolder: configuration.log.tensorBoard ? run.options.outputFolder : nil)
        if !configuration.log.tensorBoard { try EventFile.cut(outputFolder, after: run.firstStep) }
        prefix = run.options.titlePrefix
        progress = ProgressLine(totalSteps: run.configuration.training.steps, title: run.options.title)
        pace = RunPace(run.configuration)
        try log.write(
            event: "start", step: run.firstStep,
            [
                ("name", .string(configuration.name)), ("configurationHash", .string(configuration.stableHash)),
                ("ranks", .integer(run.world.size)), ("teachers", .integer(run.roles.teacherCount)),
                ("threads", .integer(Engine.threadCount)), ("cpuLevel", .string(Engine.cpuLevel)),
                ("device", .string(Engine.device.name)),
                ("precision", .string(Engine.precision.rawValue)),
            ] + (run.devices.teacherKind.map { [("teacherDevice", .string($0))] } ?? []))
        if let report = student.loadReport {
            try log.write(event: "weights", step: run.firstStep, report.members)
            let replaced = "    then replaced by those of the checkpoint after step \(run.firstStep)\n"
            StandardError.write(report.text + (run.firstStep > 0 ? replaced : ""))
        }
        for notice in notices(firstStep: run.firstStep) { StandardError.write("note: \(notice)\n") }
    }

    /// What a user may not expect of the run.
    private func notices(firstStep: Int) -> [String] {
        let steps = configuration.training.steps
        if firstStep > steps {
            return [
                "\(firstStep) steps of this run are done already, more than the \(steps) of the setting: nothing is "
                    + "trained, the weights are those of step \(firstStep)"
            ]
        }
        if firstStep == steps {
            return ["all \(steps) steps of this run are done already; raise training.steps to go on"]
        }
        return configuration.method.method.notices(in: configuration)
    }

    /// Takes a step in, and writes a line when one is due: means of losses and seconds since the last.
    func finish(_ step: Int, _ agreed: TrainingRun.Agreement, seconds: Double) throws {
        self.seconds += seconds
        wait += agreed.loaderWaitSeconds
        systemAllocations += agreed.systemAllocations
        hostWaits += agreed.hostWaits
        count += 1
        if !agreed.losses.isNothing { learntCount += 1 }
        losses.add(agreed.losses.terms)
        let done = step + 1
        let isLast = done == configuration.training.steps || agreed.endsRun
        guard isLast || done % configuration.log.every == 0 else { return }
        let record = StepRecord(
            step: done, losses: losses.map { .init($0.name, $0.value / Double(max(learntCount, 1))) },
            learningRate: configuration.optimizer.encoderLearningRate * learningRateFactor(step),
            imagesPerSecond: Double(globalBatch * count) / self.seconds, loaderWaitSeconds: wait / Double(count),
            peakMemoryBytes: agreed.peakMemoryBytes, systemAllocations: systemAllocations,
            skippedSteps: skippedSteps(), badSamples: agreed.badSamples,
            extras: agreed.losses.reports.map { .init($0.name, $0.value) } + waits)
        try log.write(record)
        pace.add(steps: done - count..<done, seconds: self.seconds)
        progress.show(record, secondsLeft: pace.secondsLeft(after: done))
        (self.seconds, wait, systemAllocations, hostWaits, count, learntCount, losses) = (0, 0, 0, 0, 0, 0, [])
    }

    /// Where a device computes beside the host.
    private var waits: [StepRecord.Term] {
        Engine.device == .cpu ? [] : [.init("deviceWaits", Double(hostWaits) / Double(count))]
    }

    /// - Parameters:
    ///   - choice: where the step's checkpoint was kept as the best so far.
    ///   - seconds: that scoring took.
    func evaluated(after step: Int, _ scores: ScoreSheet, _ choice: BestChoice?, seconds: Double) throws {
        pace.addEvaluation(seconds: seconds)
        try log.write(event: "evaluation", step: step, scores.logMembers)
        progress.end()
        StandardError.write("\(prefix)step \(step): \(scores.summary)\n")
        guard let choice else { return }
        try log.write(
            event: "best", step: step,
            [
                ("score", .string(choice.name)), ("value", .number(choice.value)),
                ("chosenOn", "labels of evaluation.dataset"),
            ])
        StandardError.write("\(prefix)step \(step): \(choice.text) is the best so far, kept in \(outputFolder)/best\n")
    }

    /// Brings the log to the disk: no checkpoint must be newer than its lines.
    func flush() throws { try log.flush() }

    /// Whether the scores of a step are in the log.
    func hasScores(of step: Int) throws -> Bool { try log.contains(event: "evaluation", step: step) }

    /// - Parameter reason: why a device of a rank failed.
    func failed(after step: Int, _ reason: String) throws {
        try log.write(event: "failure", step: step, [("reason", .string(reason))])
        progress.end()
    }

    func stopped(after step: Int) throws {
        try log.write(event: "stop", step: step, [])
        progress.end()
        StandardError.write("\(prefix)stopped after step \(step); a checkpoint was saved, go on with --resume\n")
    }

    /// - Parameter best: kept beside the last; nil where none was asked for.
    func end(_ best: BestCheckpoint?) throws {
        try log.write(event: "end", step: lastStep, [])
        progress.end()
        let path = "\(outputFolder)/\(TrainedModel.weightsName)"
        let student = configuration.method.teaching == nil
            ? "" : ", the student's; --network teacher takes the teacher of the last checkpoint"
        StandardError.write("\(prefix)done: \(path)\(student)\n")
        if let best { StandardError.write("\(prefix)\(best.summary)\n") }
    }
}

extension TrainingRun {
    /// The configuration with every key, beside the log.
    func writeConfiguration() throws {
        let path = "\(options.outputFolder)/resolved.yaml"
        do {
            try Data(configuration.resolvedYAML().utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw RunError.output(
                "\(path): cannot be written; check the folder's permissions and the disk's free space")
        }
    }
}
