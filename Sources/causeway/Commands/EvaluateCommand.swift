internal import ArgumentParser
internal import Collectives
internal import Datasets
internal import Evaluation
internal import Machine
internal import Reports
internal import TensorEngine
internal import Training

/// `causeway evaluate`: scores finished runs side by side.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Scores the networks of finished runs side by side; under mpirun with all ranks.",
        discussion: """
            Each run is scored on its own evaluation.dataset, which must be the same for all. A run whose \
            evaluation.targetStatisticsImages is not 0 gets a second column, with BatchNorm statistics re-estimated on \
            unlabelled target images.
            """)

    @Argument(help: """
            Folders that `causeway train` wrote, or `causeway pipeline`, whose models then find objects together; checkpoints, or \
            files of weights with --config.
            """)
    var runs: [String]

    @OptionGroup var model: ModelOptions

    @Option(help: "Folder to write scores, a table and pictures to.")
    var report: String?

    @Option(help: "Images shown in the report.")
    var pictures = 8

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !runs.isEmpty else { throw ValidationError("give at least one folder of a run") }
        guard pictures >= 0 else { throw ValidationError("--pictures must not be negative, got \(pictures)") }
    }

    func run() throws {
        CommandJob.run { world in
            let share = try CoreShare(of: world)
            let models = try runs.enumerated().map { index, path in
                let trained = try model.load(path, world: world)
                if index == 0 { Engine.setThreadCount(trained.configuration.engine.threadCount(share)) }
                return trained
            }
            if let report, world.rank == 0, let first = models.first {
                try OutputFolder.require(
                    "--report", report, apartFromImagesOf: DataCheck.sections(of: first.configuration))
            }
            let comparison = try RunComparison(models, paths: runs, world: world)
            guard world.rank == 0 else { return }
            output.show(table: comparison.text, json: comparison.scores.json)
            if let report {
                try ComparisonReport(folder: report).write(comparison, pictureCount: pictures)
            }
        }
    }
}
