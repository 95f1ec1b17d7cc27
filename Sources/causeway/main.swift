internal import ArgumentParser

// Commands compute synchronously on the main thread, which alone talks to MPI.
do {
    var command = try Causeway.parseAsRoot()
    try command.run()
} catch {
    ErrorReport.exit(with: error)
}
