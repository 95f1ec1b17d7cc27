internal import Basics
public import Collectives
internal import Configuration
internal import DataParallel
public import Datasets
public import Evaluation
internal import FoundationEssentials
internal import NN
public import SegmentationModels
internal import WeightFiles

/// A network with the weights that a run ended with, and the setting it was trained with; of a pipeline the networks of all
/// groups, which find objects together.
public struct TrainedModel {
    /// File of the final weights in a run's folder.
    package static let weightsName = "weights.safetensors"
    /// File of the resolved setting in a run's folder.
    package static let configurationName = "resolved.yaml"

    public let configuration: RunConfiguration
    /// One, but for a pipeline.
    public let networks: [SegmentationNetwork]
    /// Which of the run's networks it is; nil where a file does not tell.
    public let kind: TrainedNetwork?
    /// Where the weights are from, in lines for a person.
    public let origin: String

    /// The first of them.
    public var network: SegmentationNetwork { networks[0] }

    /// - Precondition: there is a network.
    package init(configuration: RunConfiguration, networks: [SegmentationNetwork], kind: TrainedNetwork?, origin: String) {
        precondition(!networks.isEmpty, "TrainedModel: there is no network")
        self.configuration = configuration
        self.networks = networks
        self.kind = kind
        self.origin = origin
    }

    /// Reads what `causeway train` left: its folder, or one checkpoint (`.../checkpoints/step-000200`). A run that has
    /// not ended has no file of weights yet; its newest checkpoint is taken then. Collective over `world`.
    ///
    /// - Parameters:
    ///   - overrides: `key.path=value` changes, such as another evaluation set.
    ///   - wanted: nil for the student. The final weights are the student's: the teacher is that of the newest
    ///     checkpoint.
    /// - Throws: `ConfigurationError`, `WeightsError`, `CheckpointError`.
    public init(
        runFolder: String, overrides: [String] = [], network wanted: TrainedNetwork? = nil, world: any ProcessGroup
    ) throws {
        let weights = "\(runFolder)/\(Self.weightsName)"
        // Looking for a checkpoint is a collective.
        try world.requireSame(RankFacts(presenceOf: [weights]))
        if wanted != .teacher, try CheckpointFiles.isPresent(weights) {
            let setting = "\(runFolder)/\(Self.configurationName)"
            let file = try WeightsFile.open(weights)
            try self.init(file, of: try ConfigurationFile.load(stored: setting, overrides: overrides), .student)
            if world.rank == 0 { Self.warnOfChangedSetting(setting, file) }
        } else {
            try self.init(Self.newestCheckpoint(runFolder, wanted, world), overrides: overrides, network: wanted)
        }
    }

    /// Reads what `causeway pipeline` left: the models of all groups, as they label images. Collective over `world`.
    ///
    /// - Throws: also `RunError` for models that cannot be joined: they say the classes of pixels, or see images in another
    ///   way.
    public init(
        pipelineFolder: String, overrides: [String] = [], network wanted: TrainedNetwork? = nil, world: any ProcessGroup
    ) throws {
        let record = try PipelineRecord(folder: pipelineFolder)
        if let change = overrides.first(where: { $0.hasPrefix("data.group=") }) {
            throw ConfigurationError.impossible(
                "data.group", "'\(change)': each model of a pipeline has its own; choose by evaluation.classes what is scored")
        }
        let models = try record.models.map {
            try TrainedModel(runFolder: "\(pipelineFolder)/\($0)", overrides: overrides, network: wanted, world: world)
        }
        guard let first = models.first, models.allSatisfy({ !$0.network.labelsPixels }) else {
            throw RunError.output(
                "\(pipelineFolder): its models each say the classes of pixels, which cannot be joined; give one of "
                    + record.models.joined(separator: ", "))
        }
        try Self.requireAlike(models, of: record.models, in: pipelineFolder)
        var whole = first.configuration
        (whole.name, whole.data.group) = (record.name, [])
        self.init(
            configuration: whole, networks: models.flatMap(\.networks), kind: first.kind,
            origin: models.map(\.origin).joined())
    }

    /// Joined, all see images as the first does.
    ///
    /// - Throws: `RunError` that names the first which was trained to see them otherwise.
    package static func requireAlike(_ models: [TrainedModel], of names: [String], in folder: String) throws(RunError) {
        let settings = models.map(\.configuration.evaluation)
        let other = settings.firstIndex {
            $0.inference != settings[0].inference || $0.wholeMegapixels != settings[0].wholeMegapixels
                || $0.dataset?.resize != settings[0].dataset?.resize
        }
        guard let other else { return }
        throw .output(
            "\(folder): the models of \(names[0]) and \(names[other]) see images in other ways, and cannot be joined; make "
                + "evaluation.dataset.resize, inference and wholeMegapixels equal: train one of them again, or, where networks are "
                + "read, give them with --set")
    }

    /// Reads a file of weights for the network of a setting.
    ///
    /// - Parameters:
    ///   - setting: YAML file.
    ///   - wanted: which of several networks in the file; nil for the student before its teacher before a frozen copy.
    /// - Throws: `ConfigurationError`, `WeightsError`.
    public init(
        weights: String, setting: String, overrides: [String] = [], network wanted: TrainedNetwork? = nil
    ) throws {
        let file = try WeightsFile.open(weights)
        try self.init(file, of: try ConfigurationFile.load(setting, overrides: overrides), wanted)
    }

    private init(_ weights: any TensorFile, of configuration: RunConfiguration, _ wanted: TrainedNetwork?) throws {
        self.configuration = configuration
        try TrainedClasses(weights)?.require(configuration.labelSpace.space)
        let network = try configuration.makeNetwork(seed: nil, loadsWeights: false)
        networks = [network]
        let told = weights.metadata[Self.networkKey].flatMap(TrainedNetwork.init(rawValue:))
        if let told, let wanted, told != wanted {
            let remedy = wanted == .teacher ? "; the teacher is in the checkpoints of its run" : ""
            throw WeightsError(.missing, file: weights.path, "holds the \(told.rawValue) alone\(remedy)")
        }
        let report = try NetworkWeights.load(weights, into: network, role: told == nil ? wanted?.role : nil)
        try report.requireComplete()
        kind = told ?? wanted
        let isOneOfTwo = wanted != nil || configuration.method.teaching != nil
        origin = report.text + (isOneOfTwo ? kind.map { "    they are the \($0.rawValue)'s\n" } ?? "" : "")
    }
}

extension TrainedModel {
    /// Metadata of a run's weights: XXH64 of the setting's file, and the steps that they were trained for.
    static let settingHashKey = "setting_xxh64"
    static let stepKey = "step"
    /// Which of the run's networks they are.
    static let networkKey = "network"

    /// The setting beside a run's weights may be edited, but nobody should score another one unawares.
    private static func warnOfChangedSetting(_ setting: String, _ weights: any TensorFile) {
        guard let hash = weights.metadata[settingHashKey],
            let text = RegularFile.contents(of: setting), XXHash64.digits(of: text) != hash
        else { return }
        StandardError.write("warning: \(setting) has changed since \(weights.path) was written with it\n")
    }
}

extension TrainedModel {
    /// What the ranks of a job compare before they work with the network.
    package var facts: RankFacts {
        var facts = RankFacts(configuration)
        for network in networks {
            for (name, tensor) in network.namedParameters {
                facts.append("weights \(name)", RankFacts.digest(tensor.value))
            }
            for (name, buffer) in network.namedBuffers { facts.append("statistics \(name)", RankFacts.digest(buffer)) }
        }
        return facts
    }

    /// Predicts train ids of `labelSpace`, the way the run was evaluated; images are read as its setting says from now
    /// on.
    public func predictor() -> ImagePredictor {
        configuration.data.prepareReading()
        let predictors = networks.map { ImagePredictor($0, configuration) }
        return predictors.count == 1 ? predictors[0] : ImagePredictor(joining: predictors)
    }

    /// The classes the network predicts.
    public var labelSpace: LabelSpace { configuration.labelSpace.space }
}
