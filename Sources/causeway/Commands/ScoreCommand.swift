internal import ArgumentParser

/// `causeway score …`: measures of prediction files.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Scores prediction files, made by any program, against label files.",
        subcommands: [ScoreSemanticCommand.self, ScorePanopticCommand.self, ScoreInstanceCommand.self])
}
