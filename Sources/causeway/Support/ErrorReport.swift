internal import ArgumentParser
internal import Collectives
internal import Glibc

/// Wrong usage of a command, with the usage that is right.
private struct WrongUsage: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        let text = Causeway.fullMessage(for: error)
        description = text.hasPrefix("Error: ") ? String(text.dropFirst("Error: ".count)) : text
    }
}

/// The last stop of every error that leaves a command before or without MPI: one report, exit status not 0.
enum ErrorReport {
    /// Prints the error, or the help that was asked for, and ends the process.
    static func exit(with error: any Error) -> Never {
        if isOfArgumentParser(error) {
            let status = Causeway.exitCode(for: error)
            if status == .success && Launcher.isPresent { sayTogether(error) }
            if status != .success && !(error is ExitCode) && RankReport.hasListener {
                RankReport.report(WrongUsage(error), status: status.rawValue)
                Glibc.exit(status.rawValue)
            }
            Causeway.exit(withError: error)
        }
        RankReport.report(error, status: EXIT_FAILURE)
        Glibc.exit(EXIT_FAILURE)
    }

    /// Prints a help text once for all ranks. A rank that left without MPI would let others, which were not asked for
    /// help, wait for it in MPI's start.
    private static func sayTogether(_ error: any Error) -> Never {
        CommandJob.run { world in
            if world.rank == 0 { print(Causeway.fullMessage(for: error)) }
        }
        Glibc.exit(EXIT_SUCCESS)
    }

    /// Help and version texts, wrong usage, and exit statuses of commands.
    private static func isOfArgumentParser(_ error: any Error) -> Bool {
        error is ExitCode || Causeway.exitCode(for: error) != .failure
    }
}
