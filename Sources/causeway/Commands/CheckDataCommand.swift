internal import ArgumentParser
internal import Basics
internal import Datasets
internal import Training

/// `causeway check-data`: looks at every file of the data sets that a setting names.
struct CheckDataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-data",
        abstract: "Checks the data sets of a setting: counts, pairs, sizes, label ids, damaged files.",
        discussion: """
            Reads every pixel of data.source, data.target and evaluation.dataset, on all cores, and compares with what \
            is published about them. Damage ends with status 1: files that cannot be read, images without a label, \
            labels of another size, with unknown ids or without a labelled pixel, objects that are not as their labels or \
            tables say. Deviations from the published counts \
            and sizes, classes that do not occur and files that are passed over are notes.

              causeway check-data --config configs/daformer/gta-to-cityscapes.yaml --out data-report

            Of a pipeline's file the data sets of all its trainings are checked, but for the labels that it makes itself.
            """)

    @OptionGroup var setting: ConfigurationOptions

    @Flag(help: "Read headers only: finds missing files and wrong sizes, but neither damaged pixels nor unknown ids.")
    var quick = false

    @Option(help: "Folder to write pictures of samples with their labels and findings.txt to.")
    var out: String?

    @Option(help: "Pictures of each data set.")
    var pictures = 4

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...1000).contains(pictures) else {
            throw ValidationError("--pictures must be from 0 to 1000, got \(pictures)")
        }
    }

    func run() throws {
        let sections =
            try PipelineTrainings.areIn(setting.config)
            ? DataCheck.sections(of: PipelineTrainings(file: setting.config, changes: setting.changes))
            : DataCheck.sections(of: setting.load())
        if let out { try OutputFolder.require("--out", out, apartFromImagesOf: sections) }
        let checks = sections.map { section in
            DataCheck(section, quick ? .headers : .pixels, pictureFolder: out, pictureCount: pictures)
        }
        let report = DataCheckReport(checks: checks, isQuick: quick)
        let file = try out.map { folder in
            try TextFile.makeFolder(folder)
            let path = "\(folder)/findings.txt"
            try TextFile.write(report.allFindings, to: path)
            return path
        }
        output.show(table: report.text(allFindings: file), json: report.json)
        if report.damageCount > 0 { throw ExitCode.failure }
    }
}
