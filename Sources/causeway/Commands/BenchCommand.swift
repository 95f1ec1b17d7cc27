internal import ArgumentParser

/// `causeway bench`: measures one part.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures how fast one part runs on this machine.",
        subcommands: [
            BenchStepCommand.self, BenchGemmCommand.self, BenchLoaderCommand.self, BenchAllReduceCommand.self,
        ])
}
