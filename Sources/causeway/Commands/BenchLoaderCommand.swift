internal import ArgumentParser
internal import Training

/// `causeway bench loader`: decoding, cropping, mixing and augmenting the images of a setting.
struct BenchLoaderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loader",
        abstract: "Measures how fast one thread prepares the images of a setting.",
        discussion: "In training this happens on threads of its own, while the network computes.")

    @OptionGroup var setting: ConfigurationOptions

    @Option(help: "Images of each domain to prepare.")
    var images = 100

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard images > 0 else { throw ValidationError("--images must be at least 1") }
    }

    func run() throws {
        let rows = try LoaderBenchmark(try setting.load(), images: images).rows
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
}
