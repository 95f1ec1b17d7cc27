internal import ArgumentParser
internal import Glibc
internal import Training

/// The last stop of every error that leaves a command before or without MPI: one line, exit status not 0.
enum ErrorReport {
    /// Prints the error, or the help that was asked for, and ends the process.
    ///
    /// Under `mpirun` every rank usually fails alike. The others leave rank 0 the time to speak first; the launcher then
    /// ends them unheard.
    static func exit(with error: any Error) -> Never {
        if isOfArgumentParser(error) { Causeway.exit(withError: error) }
        let rank = Launcher.rank
        if rank > 0 { sleep(1) }
        let place = rank > 0 ? " on rank \(rank)" : ""
        StandardError.write("error\(place): \(error)\n")
        Glibc.exit(EXIT_FAILURE)
    }

    /// Help and version texts, wrong usage, and exit statuses of commands.
    private static func isOfArgumentParser(_ error: any Error) -> Bool {
        error is ExitCode || Causeway.exitCode(for: error) != .failure
    }
}
