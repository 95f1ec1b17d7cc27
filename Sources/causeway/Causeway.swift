internal import ArgumentParser

/// The command line: one subcommand a type in `Commands/`.
struct Causeway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "causeway",
        abstract: "Trains segmentation networks on labelled images of one domain and unlabelled images of another.",
        discussion: """
            Runs as one process, or as many under mpirun:

              causeway doctor
              launch/mpirun -n 3 -- causeway train --config configs/toytown/adapted.yaml

            A first run on generated data: launch/demo
            """,
        version: "0.1.0",
        subcommands: [
            TrainCommand.self, PipelineCommand.self, EvaluateCommand.self, PredictCommand.self, ExportCommand.self,
            ForwardCommand.self,
            ScoreCommand.self, SummarizeCommand.self, MakeSubmissionCommand.self, CheckSubmissionCommand.self,
            TokenizeCommand.self, TextEmbeddingsCommand.self, MakeToytownCommand.self, NewCommand.self,
            CheckDataCommand.self, MakeLabelsCommand.self,
            PreviewCommand.self, StatisticsCommand.self, BenchCommand.self, DoctorCommand.self, KernelsCommand.self,
        ])
}
