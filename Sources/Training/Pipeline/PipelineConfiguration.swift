internal import Annotations
internal import Basics
public import Configuration

/// A training in several stages (UDA4Inst, arXiv:2405.09682): for each group of classes a model that learns the source
/// and is then adapted to the target, labels of the target made of what all of them see, and a last model that learns
/// these.
///
/// Each stage is a setting of `causeway train`, to which the pipeline adds what follows from the stages before.
public struct PipelineConfiguration: Sendable, Equatable {
    /// Shown in reports; folders are named by stages and groups.
    public var name = ""
    /// Each learnt by a model of its own; one group of all classes is a single model.
    public var groups: [ClassGroup] = []
    public var jobs = PipelineJobs.oneAfterOther
    /// Settings of the stages, beside the pipeline's own file. The first two are run once for each group, with its
    /// `data.group`; the second begins with the weights of the first, and the last learns the labels made of both.
    public var source = ""
    /// nil for models that are not adapted: what they see together is fused and scored.
    public var adapted: String?
    /// nil for a pipeline that ends with the labels.
    public var final: String?
    public var fusion = FusionConfiguration()

    public init() {}
}

/// Classes that a model learns.
public struct ClassGroup: Sendable, Equatable {
    /// Name of its folder.
    public var name = ""
    public var classes: [ClassReference] = []

    public init() {}
}

/// How the groups share the ranks of a job.
public enum PipelineJobs: String, Sendable, CaseIterable, ConfigurationChoice {
    /// All ranks train one model after another.
    case oneAfterOther = "one-after-other"
    /// The ranks are shared out evenly, and each part trains the models of a group.
    case sideBySide = "side-by-side"
}

/// How labels are made of what the models of all groups see: see `FusedPseudoLabels`.
public struct FusionConfiguration: Sendable, Equatable {
    /// A score must exceed this (UDA4Inst: 0.9).
    public var minScore = 0.9
    /// Share of an object's pixels that others must leave it, in `0...1` (ours: 0.5).
    public var minShareLeft = 0.5
    /// Pixels that must be left (ours: 100, the least that Cityscapes scores).
    public var minArea = 100
    /// Where nothing is believed; nil for nowhere.
    public var egoRegion: EgoRegionConfiguration?

    public init() {}

    var labels: FusedPseudoLabels {
        var labels = FusedPseudoLabels()
        labels.minScore = Float(minScore)
        labels.minShareLeft = minShareLeft
        labels.minArea = minArea
        return labels
    }
}

extension PipelineConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.required("name", &name)
        try fields.sections("groups", &groups)
        try fields.field("jobs", &jobs)
        try fields.required("source", &source)
        try fields.optional("adapted", &adapted)
        try fields.optional("final", &final)
        try fields.section("fusion", &fusion)
    }
}

extension ClassGroup: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.required("name", &name)
        try fields.list("classes", &classes)
    }
}

extension FusionConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("minScore", &minScore, .closed(0...1))
        try fields.field("minShareLeft", &minShareLeft, .closed(0...1))
        try fields.field("minArea", &minArea, .pixels(from: 1))
        try fields.optionalSection("egoRegion", &egoRegion)
    }
}

extension ConfigurationFile {
    /// The pipeline of a file.
    ///
    /// - Parameter overrides: `key.path=value` changes of its own keys.
    static func pipeline(
        _ path: String, overrides: [String]
    ) throws(ConfigurationError) -> PipelineConfiguration {
        let (faults, combinations) = (ConfigurationFaults(), ConfigurationFaults())
        let tree = try tree(path, overrides: overrides)
        if !tree.isPipeline, let key = ["method", "model", "data", "training"].first(where: { tree[$0] != nil }) {
            throw ConfigurationError(
                .unknownKey, keyPath: key, origin: tree[key]?.origin,
                "is of the setting of one training, which is no pipeline: `causeway train` runs it; a pipeline has groups, and "
                    + "names such settings as its source, adapted and final")
        }
        var configuration = ConfigurationFields.read(PipelineConfiguration.self, from: tree, reporting: faults)
        combinations.collect(configuration.validate)
        faults.add(combinations: combinations, in: tree)
        try faults.throwIfAny()
        configuration.source = FilePath.beside(path, configuration.source)
        configuration.adapted = configuration.adapted.map { FilePath.beside(path, $0) }
        configuration.final = configuration.final.map { FilePath.beside(path, $0) }
        return configuration
    }
}

extension PipelineConfiguration {
    fileprivate func validate() throws(ConfigurationError) {
        guard !groups.isEmpty else {
            throw .impossible(
                "groups", "there is none; give a list of {name, classes}, one of all classes for a single model")
        }
        for (index, group) in groups.enumerated() {
            let letters = group.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            guard letters, ![PipelineRecord.labelsFolder, PipelineStages.finalName, ""].contains(group.name) else {
                throw .impossible(
                    "groups[\(index)].name",
                    "'\(group.name)' cannot name a folder of the pipeline; use letters, digits, - and _, and neither 'fused' nor "
                        + "'final'")
            }
            guard !groups.prefix(index).contains(where: { $0.name == group.name }) else {
                throw .impossible(
                    "groups[\(index)].name", "'\(group.name)' is the name of another group; use names once")
            }
        }
        _ = try fusion.egoRegion?.region(keyPath: "fusion.egoRegion")
    }

    /// Train ids of each group, which together are the countable classes of a label space, each once.
    func trainIDs(classNames: [String], things: [Int]) throws(ConfigurationError) -> [[Int]] {
        var all: [[Int]] = []
        for (index, group) in groups.enumerated() {
            let keyPath = "groups[\(index)].classes"
            let trainIDs = try group.classes.trainIDs(of: classNames, keyPath: keyPath)
            for trainID in trainIDs where all.joined().contains(trainID) || trainIDs.count(where: { $0 == trainID }) > 1
            {
                throw .impossible(keyPath, "'\(classNames[trainID])' stands twice; give each class to one group")
            }
            guard !trainIDs.isEmpty else {
                throw .impossible(keyPath, "there is no class; name some, or leave the group out")
            }
            all.append(trainIDs.sorted())
        }
        if let absent = things.first(where: { !all.joined().contains($0) }) {
            throw .impossible(
                "groups", "'\(classNames[absent])' is in no group, and no model would learn it; add it to one")
        }
        return all
    }
}
