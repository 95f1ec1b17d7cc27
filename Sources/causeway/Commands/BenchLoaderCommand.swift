internal import Basics
internal import Benchmarks
internal import Configuration
internal import ArgumentParser
internal import Training

/// `causeway bench loader`: decoding, cropping, mixing and augmenting images.
struct BenchLoaderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loader",
        abstract: "Measures how fast one core prepares images for training.",
        discussion: """
            With --config the images of that setting, as a run would read them; with --size generated files of that \
            size, stage by stage, as PNG and as JPEG. In training this happens on threads of its own, while the \
            network computes.
            """)

    @Option(help: "YAML file of the setting whose images to prepare.")
    var config: String?

    @Option(
        name: .customLong("set"), help: "Changes one key of the setting: key.path=value. May be given several times.")
    var changes: [String] = []

    @Option(help: "Size of generated files in pixels, such as 2048x1024, in place of a setting.")
    var size: ImageSizeArgument?

    @Option(help: "With --size: the size that files are fitted into.")
    var resize = ImageSizeArgument(width: 1024, height: 512)

    @Option(help: "With --size: side of the crops, in pixels.")
    var crop = 512

    @Option(help: "Images to prepare: with --config of each domain, with --size at each stage.")
    var images = 100

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard images > 0 else { throw ValidationError("--images must be at least 1") }
        guard (config == nil) != (size == nil) else {
            throw ValidationError("give either --config, or --size such as 2048x1024")
        }
        guard let size else { return }
        guard (16...8192).contains(size.width), (16...8192).contains(size.height) else {
            throw ValidationError("--size must be from 16x16 to 8192x8192")
        }
        guard (1...8192).contains(resize.width), (1...8192).contains(resize.height), (1...8192).contains(crop) else {
            throw ValidationError("--resize and --crop must be from 1 to 8192 pixels")
        }
    }

    func run() throws {
        if let config {
            show(try LoaderBenchmark(try ConfigurationFile.load(config, overrides: changes), images: images).rows)
        } else if let size {
            let options = LoaderStageBenchmark.Options(
                height: size.height, width: size.width, resizedHeight: resize.height, resizedWidth: resize.width,
                crop: crop, rounds: images)
            show(try LoaderStageBenchmark(options).rows)
        }
    }

    private func show(_ rows: [LoaderBenchmark.Row]) {
        var table = TextTable(header: ["work", "images", "ms an image"])
        for row in rows {
            table.append([row.name, "\(row.images)", NumberText.significant(row.secondsPerImage * 1000)])
        }
        let document = rows.map { row -> JSONValue in
            [
                "work": .string(row.name), "images": .integer(row.images),
                "secondsPerImage": .number(row.secondsPerImage),
            ]
        }
        output.show(table: table.text, json: .array(document))
    }

    private func show(_ rows: [LoaderStageBenchmark.Row]) {
        let formats = rows.map(\.format).firstOccurrences
        var table = TextTable(header: ["core ms an image"] + formats)
        for stage in rows.map(\.stage).firstOccurrences {
            let ofStage = rows.filter { $0.stage == stage }
            if ofStage.contains(where: \.isWhole) { table.appendRule() }
            table.append([stage] + ofStage.map { NumberText.significant($0.secondsPerImage * 1000) })
        }
        let document = rows.map { row -> JSONValue in
            [
                "stage": .string(row.stage), "format": .string(row.format), "isWhole": .bool(row.isWhole),
                "secondsPerImage": .number(row.secondsPerImage),
            ]
        }
        output.show(table: table.text, json: .array(document))
    }
}

extension [String] {
    /// Each text once, in order.
    fileprivate var firstOccurrences: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
