internal import ArgumentParser
internal import Collectives
internal import Glibc
internal import Training

/// `causeway train`: one training run, alone or on all ranks of an MPI job.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a network; under mpirun on all ranks of the job.",
        discussion: """
            Writes log.jsonl, resolved.yaml, checkpoints and, at the end, weights.safetensors into the output \
            folder. SIGTERM, SIGINT, SIGHUP or SIGUSR1 saves a checkpoint (before the first step there is nothing to save) \
            and ends the run with exit status \(StopSignal.stoppedStatus); --resume \
            goes on from there with the same numbers an uninterrupted run would have.
            """)

    @OptionGroup var setting: ConfigurationOptions

    @Option(help: "Folder for everything the run writes (default: runs/ and the setting's name).")
    var out: String?

    @Flag(help: "Go on from the newest whole checkpoint in the output folder; start afresh if there is none.")
    var resume = false

    func run() throws {
        let configuration = try setting.load()
        let options = TrainingRun.Options(outputFolder: out ?? "runs/\(configuration.name)", resumes: resume)
        var isFinished = true
        CommandJob.run(comparing: JobFacts.program) { world in
            isFinished = try TrainingRun(configuration, options: options, world: world).run()
        }
        if !isFinished { throw ExitCode(StopSignal.stoppedStatus) }
    }
}
