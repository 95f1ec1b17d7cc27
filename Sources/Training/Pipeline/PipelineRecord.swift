internal import Basics
internal import FoundationEssentials

/// What the folder of a pipeline says of itself once its labels are made, in `fused/fused.json`.
package struct PipelineRecord: Decodable, Sendable {
    /// Of the pipeline's setting.
    package let name: String
    /// Folders of the trainings before the labels, in the order in which they were run, from the pipeline's folder on.
    package let trainings: [String]
    /// Those whose models label images, one for each group.
    package let models: [String]

    private enum CodingKeys: String, CodingKey {
        case name = "pipeline"
        case trainings, models
    }

    init(_ stages: PipelineStages) {
        func path(_ stage: PipelineStage) -> String {
            String(stages.folder(of: stage).dropFirst(stages.out.count + 1))
        }
        name = stages.configuration.name
        trainings = stages.all.filter { $0.group != nil }.map(path)
        models = stages.groups.indices.map { path(stages.last(ofGroup: $0)) }
    }

    var members: [(String, JSONValue)] {
        [
            (CodingKeys.name.rawValue, .string(name)), (CodingKeys.trainings.rawValue, Self.list(trainings)),
            (CodingKeys.models.rawValue, Self.list(models)),
        ]
    }

    /// The member with what all models find together, as a line of `log.jsonl` says it; null where nothing is scored.
    package static let scoresKey = "scoresOfAllModels"

    private static func list(_ paths: [String]) -> JSONValue { .array(paths.map { .string($0) }) }
}

extension PipelineRecord {
    /// Where the labels are in a pipeline's folder.
    package static let labelsFolder = "fused"

    /// The file that says that all images are labelled, and how: the last to be written.
    package static func path(in folder: String) -> String { "\(folder)/\(labelsFolder)/fused.json" }

    /// Folder of the training on the labels; nil where there is none in a pipeline's folder.
    package static func finalFolder(in folder: String) -> String? {
        let final = "\(folder)/\(PipelineStages.finalName)"
        return StageInputs.areClaimed(final) ? final : nil
    }

    /// Whether a folder is one of a pipeline rather than of a training: its stages have folders in it.
    ///
    /// - Throws: `RunError` where its labels are not made yet.
    package static func isPresent(in folder: String) throws(RunError) -> Bool {
        if FileManager.default.fileExists(atPath: path(in: folder)) { return true }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let isRun = entries.contains(TrainedModel.configurationName)
        let hasStages = entries.contains { StageInputs.areClaimed("\(folder)/\($0)/\(PipelineStages.sourceName)") }
        guard isRun || !hasStages else {
            throw .output(
                "\(folder): the pipeline has not made its labels yet; go on with `causeway pipeline --resume`, or give the folder "
                    + "of one of its trainings")
        }
        return false
    }

    /// Reads what a folder says.
    ///
    /// - Throws: `RunError` where it cannot be read, or was written before it said this.
    package init(folder: String) throws(RunError) {
        let path = Self.path(in: folder)
        let file = RegularFile.contents(of: path).map { Data($0) } ?? Data()
        guard let record = try? JSONDecoder().decode(PipelineRecord.self, from: file), !record.models.isEmpty,
            !record.trainings.isEmpty
        else {
            throw .output(
                "\(path): does not say which models made the labels: it is damaged, or of an older version; give the folder of "
                    + "each training instead")
        }
        self = record
    }

    /// Compares the models with those that the labels and scores are of, and the labels with those of the final model.
    ///
    /// - Throws: `RunError` that names the stage that is of other ones.
    package func requireUnchanged(in folder: String) throws(RunError) {
        let weights = models.map { model in
            (
                name: StageInputs.weights(ofGroup: String(model.prefix { $0 != "/" })),
                path: "\(folder)/\(model)/\(TrainedModel.weightsName)"
            )
        }
        let labels = "\(folder)/\(Self.labelsFolder)"
        try StageInputs.requireNone(StageInputs(files: weights).changes(in: labels), in: labels)
        guard let final = Self.finalFolder(in: folder) else { return }
        let made = [(name: StageInputs.labels, path: Self.path(in: folder))]
        try StageInputs.requireNone(StageInputs(files: made).changes(in: final), in: final)
    }

    /// How the labels were made, `fusion.minScore=0.9` a line.
    package static func fusion(in folder: String) -> [String] {
        StageInputs.remembered(in: "\(folder)/\(labelsFolder)").filter { $0.name.hasPrefix(PipelineStages.fusionName) }
            .map { "\($0.name)=\($0.value)" }
    }
}
