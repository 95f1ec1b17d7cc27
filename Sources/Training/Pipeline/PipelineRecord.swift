internal import Basics
package import FoundationEssentials

/// What the folder of a pipeline says of itself once its labels are made, in `fused/fused.json`.
package struct PipelineRecord: Decodable, Sendable {
    /// Of the pipeline's setting.
    package let name: String
    /// Folders of the trainings before the labels, in the order in which they were run, from the pipeline's folder on.
    package let trainings: [String]
    /// Those whose models label images, one for each group.
    package let models: [String]
    /// Folder of the training on the labels; nil where the pipeline ends with them.
    package let final: String?

    private enum CodingKeys: String, CodingKey {
        case name = "pipeline"
        case trainings, models, final
    }

    init(_ stages: PipelineStages) {
        func path(_ stage: PipelineStage) -> String {
            String(stages.folder(of: stage).dropFirst(stages.out.count + 1))
        }
        name = stages.configuration.name
        trainings = stages.all.filter { $0.group != nil }.map(path)
        models = stages.groups.indices.map { path(stages.last(ofGroup: $0)) }
        final = stages.configuration.final == nil ? nil : path(.final)
    }

    var members: [(String, JSONValue)] {
        [
            (CodingKeys.name.rawValue, .string(name)), (CodingKeys.trainings.rawValue, Self.list(trainings)),
            (CodingKeys.models.rawValue, Self.list(models)),
            (CodingKeys.final.rawValue, final.map { .string($0) } ?? .null),
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

    /// Whether a folder is one of a pipeline whose labels are made.
    package static func isPresent(in folder: String) -> Bool {
        FileManager.default.fileExists(atPath: path(in: folder))
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
                "\(path): does not say which models made the labels, as those of older versions; give the folder of each "
                    + "training instead")
        }
        self = record
    }
}
