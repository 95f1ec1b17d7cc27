internal import Basics
internal import FoundationEssentials
internal import Training

extension RunRecord {
    /// What a folder has: a run, or of a pipeline what its models find together and, where it trains one, the final model.
    ///
    /// - Throws: `ConfigurationError`; `ReportError` for a training that is not finished or was not scored, and for a
    ///   damaged file.
    public static func all(in folder: String) throws -> [RunRecord] {
        guard PipelineRecord.isPresent(in: folder) else {
            let run = try RunRecord(folder: folder)
            try run.requireScore()
            return [run]
        }
        let pipeline = try PipelineRecord(folder: folder)
        let together = try together(pipeline, folder)
        guard let final = pipeline.final else { return [together] }
        return [together, try together.before(RunRecord(folder: "\(folder)/\(final)"), in: pipeline)]
    }

    /// The models of all groups.
    private static func together(_ pipeline: PipelineRecord, _ folder: String) throws -> RunRecord {
        let runs = try pipeline.trainings.map { try RunRecord(folder: "\(folder)/\($0)") }
        let path = PipelineRecord.path(in: folder)
        guard var configuration = runs.first?.configuration,
            let file = try? JSONDecoder().decode(Fused.self, from: Data(RegularFile.contents(of: path) ?? []))
        else { throw ReportError("\(path): is damaged; give the folders of the trainings instead") }
        configuration.name = pipeline.name
        configuration.data.group = []
        guard let score = file.scoresOfAllModels.flatMap({ Score($0, configuration) }) else {
            throw ReportError("\(path): has no scores; train the pipeline with an evaluation.dataset")
        }
        return RunRecord(
            path: folder, configuration: configuration, trainings: runs.map { $0.ownSetting(in: pipeline) },
            scores: [score], trainingSeconds: runs.reduce(0) { $0 + $1.trainingSeconds })
    }

    /// The final model, which takes all trainings.
    private func before(_ final: RunRecord, in pipeline: PipelineRecord) throws(ReportError) -> RunRecord {
        try final.requireScore()
        var configuration = configuration
        configuration.name = final.configuration.name
        return RunRecord(
            path: final.path, configuration: configuration, trainings: trainings + [final.ownSetting(in: pipeline)],
            scores: final.scores, trainingSeconds: trainingSeconds + final.trainingSeconds)
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
