internal import ArgumentParser
internal import Datasets
internal import Evaluation
internal import Training

/// `causeway check-submission`: whether a folder of predictions, made by any program, can be handed in.
struct CheckSubmissionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-submission",
        abstract: "Checks a folder of predictions for a benchmark's server: names, sizes, bit depths, values.",
        discussion: """
            With --data the files are compared with the test images, without it with the published count and size. \
            Anything wrong ends with status 1; the last line of a good folder is the command that packs it.

              causeway check-submission --format dark-zurich --folder submissions/zurich \\
                --data $CAUSEWAY_DATA/dark-zurich
            """)

    @Option(help: "The server: \(SubmissionFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: SubmissionFormat

    @Option(help: "Folder that holds the folders of the archive.")
    var folder: String

    @Option(help: "Root of the data set; only names and sizes of its images are read.")
    var data: String?

    @Option(help: "Split that was predicted.")
    var split = DatasetSplit.test

    func run() throws {
        let images = try data.map { root in
            try DatasetRegistry.open(
                format.dataset, root: root, split: split, options: .init(readsLabels: false)
            ).samples
        }
        try Self.report(SubmissionChecker(format, folder: folder, images: images, split: split))
    }

    /// Problems shown.
    private static let shownProblems = 40

    /// Prints how to pack the folder.
    ///
    /// - Throws: when something is wrong, with the list of it.
    static func report(_ checker: SubmissionChecker) throws {
        let problems = try checker.problems()
        guard problems.isEmpty else {
            let rest = problems.count - shownProblems
            throw CommandError(
                "\(checker.folder): cannot be handed in, \(problems.count) problem\(problems.count == 1 ? "" : "s"):\n"
                    + problems.prefix(shownProblems).joined(separator: "\n") + (rest > 0 ? "\nand \(rest) more" : ""))
        }
        let verdict = checker.note.map { "nothing is wrong, but \($0)" }
            ?? "can be handed in to \(checker.format.facts.title)'s server"
        print("\(checker.folder): \(verdict); pack it with")
        print("  " + checker.format.zipCommand(folder: checker.folder))
    }
}
