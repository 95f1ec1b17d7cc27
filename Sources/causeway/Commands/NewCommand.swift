internal import ArgumentParser
internal import Basics
internal import Configuration
internal import Datasets
internal import FoundationEssentials
internal import Toytown
internal import Training

/// `causeway new`: a first setting for folders of images.
struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Looks at folders of images and writes a first setting and label space for them.",
        discussion: """
            Recognises the published data sets by their folders; elsewhere it pairs images with labels by names and pixels, \
            finds splits by the names of folders and lists, and the ids or colours that occur in label files. What it \
            guessed its comments say; classes whose names it cannot know are called class-7 and the like, to be renamed. \
            Nothing is overwritten.

              causeway new --source data/rendered --target data/photos --out configs/mine.yaml
            """)

    @Option(help: "Folder of labelled images.")
    var source: String

    @Option(help: "Folder of images to adapt to; without it the setting trains on the source alone.")
    var target: String?

    @Option(help: "Setting to write; label space and lists are written beside it and named after it.")
    var out = "first.yaml"

    func validate() throws {
        guard out.hasSuffix(".yaml"), out.split(separator: "/").last != ".yaml" else {
            throw ValidationError("--out must end in .yaml, got \(out)")
        }
    }

    func run() throws {
        guard FirstSetting.hasBases else {
            throw CommandError(
                "configs/base of the repository, which settings build on, is not found from where this program lies; set "
                    + "CAUSEWAY_LABELS to the folder configs/labels beside it")
        }
        let from = try DomainFinding(source, toytownDomain: .render)
        guard from.training(labelled: true) != nil else {
            throw CommandError(
                "\(source): \(from.parts.reduce(0) { $0 + $1.count }) images and no labels of them were found; labels are "
                    + "PNG files that share their names with the images, of ids or of few colours")
        }
        if case .own(let contents) = from.labels, !FirstLabelSpace.canHold([contents]) {
            throw CommandError(
                "\(source): its label files hold \(contents.ids.count) ids and \(contents.colors.count) colours, which are no "
                    + "classes of one kind; write a label space by hand, docs/configuration.md tells how")
        }
        let to = try target.map { try DomainFinding($0, toytownDomain: .camera) }
        let name = out.split(separator: "/").last.map { String($0.dropLast(".yaml".count)) } ?? "first"
        let place = FilePath.absolute(FilePath.folder(of: out))
        let setting = FirstSetting(name: name, source: from, target: to, stem: name, folder: place)
        let files =
            [(out, setting.text)]
            + ([setting.labelSpaceFile].compactMap { $0 } + setting.lists).map {
                (FilePath.beside(out, $0.name), $0.text)
            }
        if let existing = files.first(where: { FileManager.default.fileExists(atPath: $0.0) }) {
            throw CommandError("\(existing.0): is there already; choose another name with --out, or remove it")
        }
        try TextFile.makeFolder(place)
        for (path, text) in files { try TextFile.write(text, to: path) }
        try report(files.map(\.0), from, to)
    }

    /// Opens what was written, so that a setting that does not work is known at once.
    private func report(_ files: [String], _ source: DomainFinding, _ target: DomainFinding?) throws {
        let configuration = try ConfigurationFile.load(out)
        let space = configuration.labelSpace.space
        for path in files { print(path) }
        print("source: \(source.remark)")
        if let target { print("target: \(target.remark)") }
        print("classes: \(space.classNames.joined(separator: ", "))")
        _ = try configuration.data.source.open(keyPath: "data.source", readsLabels: true, labelSpace: space)
        _ = try configuration.data.target?.open(keyPath: "data.target", readsLabels: false, labelSpace: space)
        _ = try configuration.evaluation.dataset?.open(
            keyPath: "evaluation.dataset", readsLabels: true, labelSpace: configuration.scoredLabelSpace)
        print("next: causeway check-data --config \(out) --out data-report")
    }
}
