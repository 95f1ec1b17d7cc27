public import Collectives
public import Configuration
public import DataParallel
public import Machine
public import NN
public import TensorEngine

/// How the ranks of a job share the work.
public struct DistributionConfiguration: Sendable, Equatable {
    /// Ranks that hold the EMA weights and make pseudo-labels for the students; 0 keeps the teacher in each student.
    /// `auto` is the fastest division of the ranks that shares the batch out evenly, see `TeacherPlan`; none for
    /// methods without a teacher.
    public var teachers = AutomaticCount.automatic
    /// Steps the teacher's weights are behind: 0 is the paper's behaviour, 1 lets teachers work while students train.
    public var teacherLag = 0
    /// Gradients are summed over the students in pieces of this size, in MiB.
    public var bucketMegabytes = 8.0
    /// Whose images BatchNorm's batch statistics cover.
    public var batchNormStatistics = StatisticsScope.perRank
    /// How what students add up travels.
    public var transport = GradientTransport.mpi
    /// Seconds without progress of a collective or message after which a rank that gives no sign of life is given up,
    /// and the job with it; 0 waits for ever.
    public var stallSeconds = StalledJob.defaultSeconds

    public init() {}
}

/// The images a batch statistic is taken over.
public enum StatisticsScope: String, Sendable, CaseIterable, ConfigurationChoice {
    /// Those on the rank, as in the papers.
    case perRank = "per-rank"
    /// Those of all students: results do not depend on the number of ranks.
    case global
}

extension DistributionConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("teachers", &teachers, 0...65_536)
        try fields.field("teacherLag", &teacherLag, .closed(0...1))
        try fields.field("bucketMegabytes", &bucketMegabytes, .closed(0.001...65_536))
        try fields.field("batchNormStatistics", &batchNormStatistics)
        try fields.field("transport", &transport)
        try fields.field("stallSeconds", &stallSeconds, .closed(0...86_400))
    }
}

/// When checkpoints are written and how many stay.
public struct CheckpointConfiguration: Sendable, Equatable {
    /// Steps between checkpoints; the last step always writes one.
    public var every = 2000
    /// Newest checkpoints kept.
    public var keep = 2
    /// The score by which a best checkpoint is kept beside them, as logs name it: `mIoU`, `IoU.car`, `mPQ`; nil for
    /// none. It is chosen on labels of the target, which no adaptation without labels may do: for a look, not for
    /// results.
    public var best: String?

    public init() {}
}

extension CheckpointConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("every", &every, .steps(from: 1))
        try fields.field("keep", &keep, .atLeast(1, atMost: 1_000_000))
        try fields.optional("best", &best)
    }
}

/// The machinery that computes.
public struct EngineConfiguration: Sendable, Equatable {
    /// Threads a rank; `auto` divides the cores of the node by its ranks.
    public var threads = AutomaticCount.automatic
    /// What the ranks of a run compute on; other commands take theirs from the environment alone.
    public var device = Device.cpu
    /// What teacher ranks compute on; as the students where nil.
    public var teacherDevice: Device?
    /// How the operands of products are rounded; the CPU has fp32, and bf16 where it and a library can.
    public var precision = Precision.fp32
    /// What backward passes compute again instead of keeping it.
    public var recompute = Recomputation.none

    public init() {}
}

extension Recomputation: ConfigurationChoice {}

extension GradientTransport: ConfigurationChoice {}

extension Precision: ConfigurationChoice {}

extension EngineConfiguration: ConfigurationSection {
    /// More than machines have cores.
    public static let mostThreads = 1024

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("threads", &threads, 0...Self.mostThreads)
        try fields.field("device", &device)
        try fields.optional("teacherDevice", &teacherDevice)
        try fields.field("precision", &precision)
        try fields.field("recompute", &recompute)
    }
}

extension Device: ConfigurationWord {
    package init?(configurationText: String) { self.init(name: configurationText) }
    package var configurationText: String { name }
}

extension EngineConfiguration {
    /// Gives this rank its threads, and opens its device, on which all ranks agree. To be called before the first
    /// tensor. Collective.
    ///
    /// - Parameters:
    ///   - isTeacher: whether the rank does nothing but label for others.
    ///   - seat: of this rank among those of the node that take cards; nil for their order in `world`.
    /// - Throws: where the device cannot be used, or students compute on several kinds, with the reason and the remedy.
    @discardableResult
    public func start(
        _ share: CoreShare, isTeacher: Bool = false, seat: Int? = nil, over world: any ProcessGroup
    ) throws -> JobDevices {
        Engine.setThreadCount(threadCount(share))
        let own = isTeacher ? teacherDevice ?? device : device
        let key = isTeacher && teacherDevice != nil ? "engine.teacherDevice" : "engine.device"
        return try JobDevices.open(own, by: key, precision: precision, isStudent: !isTeacher, seat: seat, over: world)
    }

    /// Threads of this rank: what the configuration fixes, or else its share of the node.
    public func threadCount(_ share: CoreShare) -> Int {
        switch threads {
        case .fixed(let count): max(1, count)
        case .automatic: share.threads
        }
    }
}

/// What a run writes about itself.
public struct LogConfiguration: Sendable, Equatable {
    /// Steps between lines of `log.jsonl`.
    public var every = 10
    /// Also write the numbers of the log as TensorBoard events, into the run's folder.
    public var tensorBoard = false

    public init() {}
}

extension LogConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("every", &every, .steps(from: 1))
        try fields.field("tensorBoard", &tensorBoard)
    }
}
