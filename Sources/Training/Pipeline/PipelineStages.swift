internal import Basics
internal import Configuration
internal import Datasets

/// A stage of a pipeline.
public enum PipelineStage: Sendable, Equatable {
    /// Training of a group on the source.
    case source(group: Int)
    /// Adaptation of a group to the target.
    case adapted(group: Int)
    /// Labels of the target.
    case fusion
    /// Training on these.
    case final

    /// nil for stages that are one for all groups.
    var group: Int? {
        switch self {
        case .source(let group), .adapted(let group): group
        case .fusion, .final: nil
        }
    }
}

/// The settings of all stages of a pipeline, and where each writes.
struct PipelineStages {
    let configuration: PipelineConfiguration
    let out: String
    /// Train ids of each group.
    let groups: [[Int]]
    /// Of the classes that are fused, in train id order.
    private let classNames: [String]
    private let file: String
    private let changes: [String]
    private let variable: (String) -> String?

    /// Names of stages, in settings and on command lines.
    static let (sourceName, adaptedName, fusionName, finalName) = ("source", "adapted", "fusion", "final")
    /// Before a key of all three settings.
    private static let everyName = "stages"

    /// Reads the settings of all stages, so that one that cannot work is found before the first.
    ///
    /// - Parameters:
    ///   - file: of the pipeline.
    ///   - changes: `key.path=value` of the pipeline, or after the name of a stage and a dot, or `stages.`, of a
    ///     setting.
    ///   - variable: looks up the environment variables that data folders name.
    init(
        file: String, changes: [String], out: String, variable: @escaping (String) -> String? = Environment.variable
    ) throws(ConfigurationError) {
        self.variable = variable
        self.file = file
        self.changes = changes
        self.out = out
        let names = [Self.sourceName, Self.adaptedName, Self.finalName, Self.everyName]
        let own = changes.filter { change in !names.contains { change.hasPrefix("\($0).") } }
        configuration = try ConfigurationFile.pipeline(file, overrides: own)
        for (name, setting) in [(Self.adaptedName, configuration.adapted), (Self.finalName, configuration.final)] {
            guard setting == nil, let change = changes.first(where: { $0.hasPrefix("\(name).") }) else { continue }
            throw .impossible(
                name,
                "the pipeline has no such stage, so that '\(change)' would change nothing; give its setting, or leave the "
                    + "change out")
        }
        let first = try ConfigurationFile.load(
            configuration.source, overrides: Self.changes(changes, of: Self.sourceName), variable: variable)
        classNames = first.labelSpace.space.classNames
        do {
            groups = try configuration.trainIDs(classNames: classNames, things: first.labelSpace.space.thingTrainIDs)
        } catch {
            var error = error
            error.origin = (try? ConfigurationFile.tree(file, overrides: own))?.origin(of: error.keyPath)
            throw error
        }
        for stage in all where stage != .fusion {
            let setting = try setting(of: stage)
            guard setting.labelSpace.space.classNames == classNames else {
                throw .impossible(
                    "labelSpace",
                    "\(settingFile(of: stage)) has other classes than \(configuration.source); give all stages the same"
                )
            }
        }
        guard try setting(of: last(ofGroup: 0)).data.target != nil else {
            throw .impossible(
                "data.target",
                "\(settingFile(of: last(ofGroup: 0))) has no target images, which are to be labelled; give some")
        }
    }

    /// In the order in which they are run.
    var all: [PipelineStage] {
        let adapted = configuration.adapted == nil ? [] : groups.indices.map { PipelineStage.adapted(group: $0) }
        let end = configuration.final == nil ? [PipelineStage.fusion] : [.fusion, .final]
        return groups.indices.map { PipelineStage.source(group: $0) } + adapted + end
    }

    /// The training whose model labels images for its group.
    func last(ofGroup group: Int) -> PipelineStage {
        configuration.adapted == nil ? .source(group: group) : .adapted(group: group)
    }

    /// Where a stage writes.
    func folder(of stage: PipelineStage) -> String {
        switch stage {
        case .source(let group): "\(out)/\(configuration.groups[group].name)/\(Self.sourceName)"
        case .adapted(let group): "\(out)/\(configuration.groups[group].name)/\(Self.adaptedName)"
        case .fusion: "\(out)/\(PipelineRecord.labelsFolder)"
        case .final: "\(out)/\(Self.finalName)"
        }
    }

    /// For a person: `stage 2 of 6, adapted, vehicle`.
    func title(of stage: PipelineStage) -> String {
        let number = (all.firstIndex(of: stage) ?? 0) + 1
        return "stage \(number) of \(all.count), \(name(of: stage))"
            + (stage.group.map { ", \(configuration.groups[$0].name)" } ?? "")
    }

    func name(of stage: PipelineStage) -> String {
        switch stage {
        case .source: Self.sourceName
        case .adapted: Self.adaptedName
        case .fusion: Self.fusionName
        case .final: Self.finalName
        }
    }

    /// The file of weights that a finished training leaves.
    func weights(of stage: PipelineStage) -> String { "\(folder(of: stage))/\(TrainedModel.weightsName)" }

    /// Keys of the setting of a training that the pipeline gives: its name, and what the stages before made.
    func madeKeys(of stage: PipelineStage) -> Set<String> {
        switch stage {
        case .source, .fusion: ["name"]
        case .adapted: ["name", "model.weights"]
        case .final: ["name", "data.source.root"]
        }
    }

    /// The setting of a training, with what the stages before say.
    ///
    /// - Precondition: not of `fusion`.
    func setting(of stage: PipelineStage) throws(ConfigurationError) -> RunConfiguration {
        // Settings of stages may serve many pipelines, so that their own names would not tell runs from each other.
        let title = [configuration.name, name(of: stage)] + (stage.group.map { [configuration.groups[$0].name] } ?? [])
        var changes = ["name=\(JSONValue.string(title.joined(separator: ", ")).text)"]
            + Self.changes(changes, of: name(of: stage))
        switch stage {
        case .source(let group): changes += ["data.group=\(list(groups[group]))"]
        case .adapted(let group):
            let weights = JSONValue.string(weights(of: .source(group: group))).text
            changes += ["data.group=\(list(groups[group]))", "model.weights=\(weights)", "model.loads=network"]
        case .fusion: preconditionFailure("PipelineStages: fusion has no setting")
        case .final:
            // Images without an object teach nothing.
            let root = JSONValue.string(folder(of: .fusion)).text
            changes += ["data.group=\(list(groups.flatMap(\.self).sorted()))", "data.source.root=\(root)"]
        }
        do {
            return try ConfigurationFile.load(settingFile(of: stage), overrides: changes, variable: variable)
        } catch {
            throw error.adding(" (stage '\(name(of: stage))', \(settingFile(of: stage)))")
        }
    }

    private func settingFile(of stage: PipelineStage) -> String {
        switch stage {
        case .source: configuration.source
        case .adapted: configuration.adapted ?? ""
        case .fusion: file
        case .final: configuration.final ?? ""
        }
    }

    private func list(_ trainIDs: [Int]) -> String {
        JSONValue.array(trainIDs.map { .string(classNames[$0]) }).text
    }

    private static func changes(_ all: [String], of stage: String) -> [String] {
        all.compactMap { change in
            [stage, everyName].first { change.hasPrefix("\($0).") }.map { String(change.dropFirst($0.count + 1)) }
        }
    }
}
