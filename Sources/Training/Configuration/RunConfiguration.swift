internal import Basics
public import Configuration
public import NN
public import Datasets
internal import Evaluation

/// Everything that decides what a run computes.
///
/// The defaults are the published DAFormer setting (crop 512, MiT-B5); only the data folders have none. Each section
/// documents its numbers.
public struct RunConfiguration: Sendable, Equatable {
    /// Name of the run in logs and reports.
    public var name = "run"
    /// Start of every random stream.
    public var seed: UInt64 = 1
    /// The classes: everything that knows classes follows it.
    public var labelSpace = LabelSpaceConfiguration()
    public var method = MethodConfiguration(SelfTraining())
    public var model = ModelConfiguration()
    public var data = DataConfiguration()
    public var optimizer = OptimizerConfiguration()
    public var schedule = Schedule.Config()
    public var training = TrainingConfiguration()
    public var distribution = DistributionConfiguration()
    public var evaluation = EvaluationConfiguration()
    public var checkpoint = CheckpointConfiguration()
    public var engine = EngineConfiguration()
    public var log = LogConfiguration()

    public init() {}
}

extension RunConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.required("name", &name)
        try fields.field("seed", &seed)
        try fields.labelSpace("labelSpace", &labelSpace)
        try fields.variant("method", &method)
        try fields.section("model", &model)
        try fields.section("data", &data)
        try fields.section("optimizer", &optimizer)
        try fields.section("schedule", &schedule)
        try fields.section("training", &training)
        try fields.section("distribution", &distribution)
        try fields.section("evaluation", &evaluation)
        try fields.section("checkpoint", &checkpoint)
        try fields.section("engine", &engine)
        try fields.section("log", &log)
    }
}

extension RunConfiguration {
    /// The classes of the score.
    public var scoredLabelSpace: LabelSpace { (evaluation.labelSpace ?? labelSpace).space }

    /// Train ids of the classes that enter the mean; nil for all.
    public func scoredTrainIDs() throws(ConfigurationError) -> [Int]? {
        guard !evaluation.classes.isEmpty else {
            // A model of a group finds nothing else: the others would count as missed.
            let isOfGroup = !data.group.isEmpty && !evaluation.measures.contains(where: \.needsPredictedClasses)
            guard isOfGroup, evaluation.labelSpace == nil else { return nil }
            return try groupTrainIDs
        }
        return try evaluation.classes.trainIDs(of: scoredLabelSpace.classNames, keyPath: "evaluation.classes")
    }

    /// The configuration with every key written out, as YAML that `load` reads back to an equal configuration.
    public func resolvedYAML() -> String {
        do {
            return try ConfigurationFields.resolvedTree(of: self).yaml()
        } catch {
            preconditionFailure("RunConfiguration: writing out cannot fail, got \(error)")
        }
    }

    /// 16 hexadecimal digits that name the resolved configuration: equal configurations have equal hashes on every
    /// machine (FNV-1a, 64 bits, over the resolved YAML).
    public var stableHash: String { FNV1a(resolvedYAML().utf8).digits }
}
