internal import Basics
internal import FoundationEssentials
internal import Training

extension RunRecord {
    /// What a folder has: a run, or of a pipeline what its models find together and, where it trains one, the final model.
    ///
    /// - Throws: `ConfigurationError`; `ReportError` or `RunError` for a training that is not finished or was not scored, for
    ///   models or labels that are not those which were scored, and for a damaged file.
    public static func all(in folder: String) throws -> [RunRecord] {
        guard try PipelineRecord.isPresent(in: folder) else {
            let run = try RunRecord(folder: folder)
            try run.requireScore()
            return [run]
        }
        let pipeline = try PipelineRecord(folder: folder)
        try pipeline.requireUnchanged(in: folder)
        let together = try together(pipeline, folder)
        guard let final = PipelineRecord.finalFolder(in: folder) else { return [together] }
        return [together, try together.before(RunRecord(folder: final), in: pipeline)]
    }

    /// The models of all groups.
    private static func together(_ pipeline: PipelineRecord, _ folder: String) throws -> RunRecord {
        let runs = try pipeline.trainings.map { try RunRecord(folder: "\(folder)/\($0)") }
        let path = PipelineRecord.path(in: folder)
        let last = pipeline.trainings.firstIndex(of: pipeline.models[0]).map { runs[$0] }
        guard var configuration = runs.first?.configuration, let evaluation = last?.configuration.evaluation,
            let file = try? JSONDecoder().decode(Fused.self, from: Data(RegularFile.contents(of: path) ?? []))
        else { throw ReportError("\(path): is damaged; give the folders of the trainings instead") }
        configuration.name = pipeline.name
        configuration.data.group = []
        configuration.evaluation = evaluation
        guard let scores = file.scoresOfAllModels else {
            throw ReportError(
                "\(path): has no scores of all models together: there was no evaluation.dataset, or they say the classes of "
                    + "pixels and cannot be joined; give the folders of the trainings instead")
        }
        guard let score = Score(scores, configuration) else {
            throw ReportError(
                "\(path): is damaged, it lacks \(scores.headline); give the folders of the trainings instead")
        }
        return RunRecord(
            path: folder, configuration: configuration, trainings: runs.map { $0.ownSetting(in: pipeline) },
            fusion: PipelineRecord.fusion(in: folder), scores: [score],
            trainingSeconds: runs.reduce(0) { $0 + $1.trainingSeconds })
    }

    /// The final model, which takes all trainings.
    private func before(_ final: RunRecord, in pipeline: PipelineRecord) throws(ReportError) -> RunRecord {
        try final.requireScore()
        var configuration = configuration
        configuration.name = final.configuration.name
        configuration.evaluation = final.configuration.evaluation
        return RunRecord(
            path: final.path, configuration: configuration, trainings: trainings + [final.ownSetting(in: pipeline)],
            fusion: fusion, scores: final.scores, trainingSeconds: trainingSeconds + final.trainingSeconds)
    }

    /// Without a name, as one pipeline may go on with the stages of another, and without the folders of the stages before,
    /// which differ from seed to seed.
    private func ownSetting(in pipeline: PipelineRecord) -> RunConfiguration {
        var setting = configuration
        setting.name = ""
        let made = pipeline.trainings.map { "/\($0)/\(TrainedModel.weightsName)" }
        if let weights = setting.model.weights, made.contains(where: { weights.hasSuffix($0) }) {
            setting.model.weights = nil
        }
        if setting.data.source.root.hasSuffix("/\(PipelineRecord.labelsFolder)") { setting.data.source.root = "" }
        return setting
    }

    /// A part of `fused.json`: `PipelineRecord.scoresKey`.
    private struct Fused: Decodable {
        let scoresOfAllModels: LoggedScores?
    }
}
