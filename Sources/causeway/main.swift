internal import ArgumentParser

// Commands compute synchronously on the main thread, which alone talks to MPI.
do {
    var command = try Causeway.parseAsRoot()
    ProcessSignals.install(canStop: command is TrainCommand || command is PipelineCommand)
    try command.run()
    try ProcessSignals.flushOutput()
} catch {
    ErrorReport.exit(with: error)
}
