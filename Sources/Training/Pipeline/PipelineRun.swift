internal import Basics
public import Collectives
internal import Configuration
internal import DataParallel
internal import Machine

/// A pipeline on all ranks of a job: its stages one after another, those of the groups side by side where it says so.
public final class PipelineRun {
    /// What a command line says of a pipeline, beside its settings.
    public struct Options: Sendable {
        public var outputFolder: String
        /// Goes on where an earlier job of the pipeline ended, inside a stage or between two.
        public var resumes: Bool
        /// The name of the stages that are done alone; nil for all.
        public var stage: String?
        /// The name of the group whose stages are done alone; nil for all.
        public var group: String?

        public init(outputFolder: String, resumes: Bool, stage: String? = nil, group: String? = nil) {
            self.outputFolder = outputFolder
            self.resumes = resumes
            self.stage = stage
            self.group = group
        }
    }

    /// Names of stages for command lines.
    public static let stageNames = [
        PipelineStages.sourceName, PipelineStages.adaptedName, PipelineStages.fusionName, PipelineStages.finalName,
    ]

    private let stages: PipelineStages
    private let options: Options
    /// Those that are done, in order.
    private let chosen: [PipelineStage]
    private let world: any ProcessGroup
    private let share: CoreShare

    /// Reads all settings. Collective over `world`.
    ///
    /// - Parameters:
    ///   - file: of the pipeline.
    ///   - changes: see `PipelineStages`.
    /// - Throws: whatever is wrong with any of the settings, before the first stage begins.
    public init(file: String, changes: [String], options: Options, world: any ProcessGroup) throws {
        StopSignal.install(ranksHaveMet: true)
        stages = try PipelineStages(file: file, changes: changes, out: options.outputFolder)
        self.options = options
        self.world = world
        chosen = try Self.chosen(stages, options)
        let ranks = try Self.ranks(stages.configuration, chosen, world)
        for stage in chosen where stage != .fusion {
            try stages.setting(of: stage).validate(worldSize: stage == .final ? world.size : ranks)
        }
        try Self.requireAgreement(stages, chosen, options, world)
        share = try CoreShare(of: world)
    }

    /// Runs the stages that are left. Collective.
    ///
    /// - Returns: whether all came to their end, rather than being stopped by a signal after a checkpoint.
    public func run(fusionProgress: @escaping (_ title: String, _ total: Int) -> (_ done: Int) -> Void) throws -> Bool {
        let trainings = chosen.filter { $0.group != nil }
        let isFinished =
            switch stages.configuration.jobs {
            case .oneAfterOther: try run(trainings, world)
            case .sideBySide: try runSideBySide(trainings)
            }
        guard isFinished else { return false }
        if chosen.contains(.fusion) {
            guard try !isStopped(before: .fusion, world) else { return false }
            say(.fusion)
            let fusion = LabelFusion(stages, world: world, share: share)
            guard try fusion.run(progress: fusionProgress) else { return false }
        }
        return try chosen.contains(.final) ? run([.final], world) : true
    }

    // MARK: Trainings

    /// One after another, on the ranks of a group.
    private func run(_ trainings: [PipelineStage], _ ranks: any ProcessGroup) throws -> Bool {
        for stage in trainings {
            guard try train(stage, ranks) else { return false }
        }
        return true
    }

    /// The trainings of a group on its part of the ranks.
    private func runSideBySide(_ trainings: [PipelineStage]) throws -> Bool {
        let groups = Self.groups(of: trainings)
        guard groups.count > 1 else { return try run(trainings, world) }
        let place = world.rank * groups.count / world.size
        let ranks = try world.split(color: place, key: world.rank)
        let own = trainings.filter { $0.group == groups[place] }
        let isFinished = try run(own, ranks)
        var stopped = [isFinished ? 0 : 1]
        try world.allReduce(&stopped, .max)
        return stopped[0] == 0
    }

    private func train(_ stage: PipelineStage, _ ranks: any ProcessGroup) throws -> Bool {
        guard try !isStopped(before: stage, ranks) else { return false }
        let setting = try stages.setting(of: stage)
        let folder = stages.folder(of: stage)
        // One rank that fails ends the job.
        if ranks.rank == 0 { try inputs(of: stage).claim(folder) }
        let end = StageEnd(folder)
        var isDone = [ranks.rank == 0 && end.isReached(setting) ? 1 : 0]
        try ranks.broadcast(&isDone, from: 0)
        if ranks.rank == 0 {
            say(stage, isDone: isDone[0] == 1)
            if isDone[0] == 1 { warn(of: end.differences(to: setting, besides: stages.madeKeys(of: stage)), stage) }
        }
        guard isDone[0] == 0 else { return true }
        let options = TrainingRun.Options(
            outputFolder: folder, resumes: options.resumes, title: stages.title(of: stage))
        return try TrainingRun(setting, options: options, world: ranks, share: share).run()
    }

    /// A stage that is done is not done again because of another setting; nobody should believe that it was.
    private func warn(of differences: [String], _ stage: PipelineStage) {
        guard !differences.isEmpty else { return }
        let folder = stages.folder(of: stage)
        StandardError.write(
            "warning: \(stages.title(of: stage)) was done with another setting than it has now, and stays as it is; to have it "
                + "done anew, remove \(folder) and the folders of the stages after it:\n"
                + differences.map { "    \($0)\n" }.joined())
    }

    /// Whether the job was asked to stop between two stages, or while the scores at the end of one were made.
    /// Collective over the ranks that would do the stage.
    private func isStopped(before stage: PipelineStage, _ ranks: any ProcessGroup) throws -> Bool {
        guard try ranks.anyTrue(StopSignal.isRaised) else { return false }
        if ranks.rank == 0 {
            StandardError.write(
                "stopped before \(stages.title(of: stage)); what was done before is kept, go on with --resume\n")
        }
        return true
    }

    /// What a training takes from the stages before.
    private func inputs(of stage: PipelineStage) throws(RunError) -> StageInputs {
        switch stage {
        case .source, .fusion: try StageInputs(files: [])
        case .adapted(let group):
            try StageInputs(
                files: [("weights of stage \(PipelineStages.sourceName)", stages.weights(of: .source(group: group)))])
        case .final:
            try StageInputs(files: [(StageInputs.labels, LabelFusion.summaryPath(stages))])
        }
    }

    private func say(_ stage: PipelineStage, isDone: Bool = false) {
        guard stage.group != nil || world.rank == 0 else { return }
        StandardError.write("\(stages.title(of: stage)): \(isDone ? "done before" : stages.folder(of: stage))\n")
    }
}

// MARK: - Choice and agreement

extension PipelineRun {
    private static func groups(of chosen: [PipelineStage]) -> [Int] {
        Array(Set(chosen.compactMap(\.group))).sorted()
    }

    private static func chosen(_ stages: PipelineStages, _ options: Options) throws(RunError) -> [PipelineStage] {
        let names = stages.configuration.groups.map(\.name)
        if let group = options.group, !names.contains(group) {
            throw .output("--group \(group): there is no such group; the pipeline has \(names.joined(separator: ", "))")
        }
        let known = Set(stages.all.map { stages.name(of: $0) })
        if let stage = options.stage, !known.contains(stage) {
            throw .output(
                "--stage \(stage): the pipeline has no such stage; it has "
                    + stageNames.filter(known.contains).joined(separator: ", "))
        }
        let chosen = stages.all.filter { stage in
            if let name = options.stage, stages.name(of: stage) != name { return false }
            guard let group = options.group else { return true }
            return stage.group.map { names[$0] == group } ?? false
        }
        guard !chosen.isEmpty else {
            throw .output(
                "--group \(options.group ?? ""): the stage '\(options.stage ?? "")' is one for all groups; leave --group out"
            )
        }
        return chosen
    }

    /// Ranks that train a model together.
    private static func ranks(
        _ configuration: PipelineConfiguration, _ chosen: [PipelineStage], _ world: any ProcessGroup
    ) throws(ConfigurationError) -> Int {
        let groups = groups(of: chosen).count
        guard configuration.jobs == .sideBySide, groups > 1 else { return world.size }
        guard world.size.isMultiple(of: groups) else {
            throw .impossible(
                "jobs",
                "\(configuration.jobs.rawValue) shares the ranks out evenly, and \(world.size) do not divide by \(groups) groups; "
                    + "start a multiple of \(groups) ranks with mpirun, or use jobs=\(PipelineJobs.oneAfterOther.rawValue)"
            )
        }
        return world.size / groups
    }

    /// Ranks with other settings would take another way; and a job that is not to go on must not find its end hours
    /// later in a folder that is taken.
    private static func requireAgreement(
        _ stages: PipelineStages, _ chosen: [PipelineStage], _ options: Options, _ world: any ProcessGroup
    ) throws {
        var facts = RankFacts()
        facts.append("--resume", options.resumes ? "given" : "not given")
        facts.append("--out", FilePath.absolute(options.outputFolder))
        facts.append("stages", chosen.map { stages.title(of: $0) }.joined(separator: "; "))
        facts.append("jobs", stages.configuration.jobs.rawValue)
        facts.append("fusion", "\(stages.configuration.fusion)")
        for stage in chosen where stage != .fusion {
            facts.append("setting of \(stages.title(of: stage))", try stages.setting(of: stage).stableHash)
        }
        try world.requireSame(facts)
        guard !options.resumes else { return }
        for stage in chosen where StageInputs.areClaimed(stages.folder(of: stage)) {
            throw RunError.output(
                "\(stages.folder(of: stage)): has what an earlier job of the pipeline did; go on with --resume, or choose another "
                    + "folder with --out")
        }
        try world.barrier()
    }
}
