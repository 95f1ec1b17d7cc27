internal import Annotations
internal import ArgumentParser
internal import Basics
internal import Collectives
internal import Datasets
internal import ImageIO
internal import Reports
internal import SegmentationModels
internal import TensorEngine
internal import Training

/// `causeway preview`: pictures of what a setting feeds to the network.
struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Draws what a setting feeds to the network: crops, labels and mixtures of the first steps.",
        discussion: """
            Writes step-NNNNNN.png for each step: source crop, its labels laid over it, target crop, mixture, the labels \
            of the mixture, with instance mixing the image with pasted objects, and with masked consistency the image \
            with hidden blocks. Target images have labels and objects with --teacher alone. legend.png has the colours \
            of the classes.
            """)

    @OptionGroup var setting: ConfigurationOptions

    @Option(help: "Folder to write.")
    var out: String

    @Option(help: "Folder of a training run whose network labels the target images, as a teacher would.")
    var teacher: String?

    @Option(help: "First step to draw.")
    var from = 0

    @Option(help: "Steps to draw.")
    var steps = 4

    func validate() throws {
        guard from >= 0, (1...10_000).contains(steps) else {
            throw ValidationError("--from must not be negative, --steps must be from 1 to 10000")
        }
    }

    func run() throws {
        let configuration = try setting.load()
        try OutputFolder.require("--out", out, apartFromImagesOf: DataCheck.sections(of: configuration))
        let preview = try TrainingPreview(configuration, network: try network(for: configuration))
        if let notice = preview.notice { StandardError.write("note: \(notice)\n") }
        try TextFile.makeFolder(out)
        for step in from..<from + steps {
            let digits = "\(step)"
            let number = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            try ImageCodec.writePNG(
                Self.grid(try preview.rows(step: step), configuration.labelSpace.space.palette).rendered(),
                to: "\(out)/step-\(number).png")
        }
        let legend = ClassLegend.grid(configuration.labelSpace.space).rendered()
        try ImageCodec.writePNG(legend, to: "\(out)/legend.png")
        print("\(out): \(steps) pictures and their legend")
    }

    /// The network that labels target images.
    private func network(for configuration: RunConfiguration) throws -> SegmentationNetwork? {
        guard let teacher else { return nil }
        try Engine.setDeviceOfEnvironment()
        let trained = try TrainedModel(runFolder: teacher, world: SingleProcessGroup())
        guard configuration.hasNetwork(of: trained.configuration) else {
            throw ValidationError(
                "\(teacher): its network is another one than the setting's; give a run of the same model and labelSpace"
            )
        }
        return trained.network
    }

    private static func grid(_ rows: [[PreviewPanel]], _ palette: [SIMD3<UInt8>]) -> ImageGrid {
        var grid = ImageGrid(columnCount: rows.first?.count ?? 1)
        for panel in rows.joined() {
            let labelled = panel.labels.map { $0.overlaid(on: panel.image, palette: palette) }
            // Labels have colours already.
            let shown = (labelled ?? panel.image).showing(panel.objects, opacity: labelled == nil ? 0.4 : 0)
            grid.add(shown, caption: panel.caption)
        }
        return grid
    }
}
