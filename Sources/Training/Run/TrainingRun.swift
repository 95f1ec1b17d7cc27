internal import Basics
public import Collectives
internal import Configuration
internal import DataLoading
internal import DataParallel
internal import Datasets
internal import DomainAdaptation
internal import FoundationEssentials
public import Machine
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// A training job on all ranks of a group: sets the ranks up, runs the steps, saves and evaluates.
public final class TrainingRun {
    /// Facts of a run that are not part of its configuration.
    public struct Options: Sendable {
        /// Folder for the log, checkpoints, scores and weights; made if it is missing.
        public var outputFolder: String
        /// Goes on from the newest whole checkpoint in the folder, if there is one.
        public var resumes: Bool

        /// What the run is in a job of several, before its lines on standard error; nil for a job of its own.
        public var title: String?

        public init(outputFolder: String, resumes: Bool, title: String? = nil) {
            self.outputFolder = outputFolder
            self.resumes = resumes
            self.title = title
        }

        /// Before lines for a person.
        var titlePrefix: String { title.map { "\($0): " } ?? "" }
    }

    let configuration: RunConfiguration
    let options: Options
    let world: any ProcessGroup
    let roles: RankRoles
    let lock: FolderLock
    let work: RankWork
    let data: TrainingData
    let checkpoints: RunCheckpoints
    /// nil where none is kept beside the newest.
    let best: BestCheckpoint?
    /// nil when the configuration names nothing to score on.
    let evaluation: RunEvaluation?
    let firstStep: Int
    var unreadableFiles = UnreadableFiles()
    let devices: JobDevices
    let deviceWatch: DeviceWatch
    /// The newest checkpoint of the run; nil before the first.
    var savedStep: Int?

    /// Prepares the run on this rank. Collective over `world`.
    ///
    /// - Parameter share: of the cores, where there are other ranks beside `world`; nil for all cores of the node.
    /// - Throws: whatever is wrong with data, weights or checkpoint, naming the file or key.
    public init(
        _ configuration: RunConfiguration, options: Options, world: any ProcessGroup, share: CoreShare? = nil
    ) throws {
        // MPI has started. Setting up may take minutes.
        StopSignal.install(ranksHaveMet: true)
        // Before anything that leads to a collective: ranks with other settings would take another way.
        try world.requireSame(RankFacts(configuration, options))
        world.limitWaiting(seconds: configuration.distribution.stallSeconds)
        try configuration.validate()
        try configuration.validate(worldSize: world.size)
        self.configuration = configuration
        self.options = options
        self.world = world
        // Before anything that takes time: a second run into the folder should hear of the first at once.
        lock = try FolderLock(options.outputFolder, world: world)
        roles = try configuration.roles(worldSize: world.size)
        let isTeacher = if case .teacher = roles.role(of: world.rank) { true } else { false }
        devices = try configuration.engine.start(
            try share ?? CoreShare(of: world), isTeacher: isTeacher, seat: share?.nodeRank, over: world)
        deviceWatch = DeviceWatch(world, canFail: devices.canFail)
        let deviceSums = try DeviceSums.open(
            configuration.distribution.transport, of: devices, patienceSeconds: configuration.distribution.stallSeconds,
            over: world)
        let seats = RankSeats(try configuration.training.batch.imagesPerStudent(students: roles.studentCount), roles)
        // Before the data, whose classes may take minutes to count.
        try configuration.method.method.requireFiles(in: configuration)
        evaluation = configuration.evaluation.dataset == nil ? nil : try RunEvaluation(configuration)
        try world.requireSame(Self.files(configuration, roles, evaluation))
        // After that: the file may be another one on each rank.
        try configuration.requireClassesOfWeights()
        if let name = configuration.checkpoint.best { try evaluation?.scoreNames.require(name) }
        if world.rank == 0, let evaluation {
            try evaluation.requireLabelledPixels()
            let warning = try world.working { () throws(DatasetError) in try evaluation.missingObjects() }
            if let warning { StandardError.write("warning: \(warning)\n") }
        }
        data = try TrainingData(configuration, globalBatch: seats.globalBatch, world: world)
        if world.rank == 0 {
            let notices = DataNotices(
                source: data.reader.source.dataset, target: data.reader.target?.dataset, evaluation: evaluation?.dataset
            )
            for sentence in notices.sentences { StandardError.write("note: \(sentence)\n") }
        }
        checkpoints = RunCheckpoints(
            CheckpointFolder("\(options.outputFolder)/checkpoints", keep: configuration.checkpoint.keep), configuration,
            images: data.images)
        let bestCheckpoints = RunCheckpoints(
            CheckpointFolder("\(options.outputFolder)/best", keep: 1), configuration, images: data.images)
        if !options.resumes {
            for folder in [checkpoints, bestCheckpoints] { try folder.requireNone(world) }
        }
        let found = options.resumes ? try checkpoints.newest(world) : nil
        try world.requireSame(RankFacts(resumingFrom: found))
        best = try configuration.checkpoint.best.map {
            try BestCheckpoint($0, in: bestCheckpoints, goesOn: found != nil, world: world)
        }
        firstStep = found?.step ?? 0
        savedStep = found?.step
        if options.resumes && found == nil && world.rank == 0 { Self.warnOfLogWithoutCheckpoint(options.outputFolder) }
        let maker = WorkMaker(
            configuration: configuration, world: world, roles: roles, seats: seats, data: data, firstStep: firstStep,
            devices: deviceSums)
        work = try maker.make()
        try work.requireOwnKeys(students: roles.studentCount, world: world)
        if let found { try checkpoints.restore(found, into: work, world: world) }
        if case .student(let student) = work { try student.requireSameState(jobRank: world.rank) }
        if case .teacher(let teacher) = work, firstStep < configuration.training.steps, firstStep >= teacher.firstStep {
            try teacher.rank.resume(at: firstStep)
        }
    }
}

extension TrainingRun {
    /// Checkpoints that were not copied along are missed at once.
    private static func warnOfLogWithoutCheckpoint(_ folder: String) {
        guard let log = RegularFile.contents(of: "\(folder)/log.jsonl"), !log.isEmpty else { return }
        StandardError.write(
            "warning: \(folder) has the log of an earlier start and no checkpoint; the run begins at step 0, and what "
                + "the log held is kept in log.dropped.jsonl\n")
    }

    /// What of files, beside those of the training data, the ranks compare.
    private static func files(
        _ configuration: RunConfiguration, _ roles: RankRoles, _ evaluation: RunEvaluation?
    ) throws(ConfigurationError) -> RankFacts {
        var facts = RankFacts(roles: roles, filesOf: configuration)
        if let evaluation { facts.append(try evaluation.files()) }
        return facts
    }
}
