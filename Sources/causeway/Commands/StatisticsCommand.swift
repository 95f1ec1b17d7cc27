internal import Basics
internal import DataLoading
internal import ArgumentParser
internal import Datasets
internal import Training

/// `causeway statistics`: counts the classes of a setting's source images.
struct StatisticsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics",
        abstract: "Counts the classes of a setting's source labels, for rare-class sampling.",
        discussion: """
            The counts are kept beside the data, or where that cannot be written in $XDG_CACHE_HOME/causeway; training \
            reads them from there, or counts itself. Labels that changed are counted again. Labels of which none has a \
            labelled pixel end with status 1.
            """)

    @OptionGroup var setting: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let configuration = try setting.load()
        let (data, space) = (configuration.data, configuration.labelSpace.space)
        let dataset = try data.source.open(keyPath: "data.source", readsLabels: true, labelSpace: space)
        let answer = try data.source.statistics(of: dataset, keyPath: "data.source")
        let statistics = answer.statistics
        let notices = answer.notices + (dataset.passedOver.notice(of: dataset.name).map { [$0] } ?? [])
        for notice in notices { StandardError.write("note: \(notice)\n") }
        try SourceLabels(dataset, statistics).report()
        let sampling = data.rareClassSampling ?? RareClassSampler.Config()
        let shares = data.source.domainShares(of: dataset)
        var probabilities = statistics.labelSpace.classes.map { _ in 0.0 }
        do {
            probabilities = try RareClassSampler(statistics, config: sampling, shares: shares).probabilities
        } catch {
            // Without rare-class sampling it does not matter.
            if data.rareClassSampling != nil { StandardError.write("note: \(error)\n") }
        }
        let minimum = sampling.minPixels
        let isOff = data.rareClassSampling == nil
        output.show(
            table: "\(dataset.count) images; \(Self.place(answer.paths))\n"
                + Self.table(statistics, probabilities, minimumPixels: minimum).text
                + (isOff
                    ? "data.rareClassSampling is off in this setting: images are drawn alike, not by \"drawn %\"\n"
                    : ""),
            json: Self.document(statistics, probabilities, minimumPixels: minimum))
    }

    /// Where the counts are.
    private static func place(_ paths: [String?]) -> String {
        let kept = paths.compactMap { $0 }
        return kept.count < paths.count ? "not kept" : "kept in \(kept.joined(separator: ", "))"
    }

    private static func table(
        _ statistics: ClassStatistics, _ probabilities: [Double], minimumPixels: Int
    ) -> TextTable {
        var table = TextTable(header: ["class", "pixels %", "images", "images > \(minimumPixels)", "drawn %"])
        for (trainID, name) in statistics.labelSpace.classNames.enumerated() {
            table.append([
                name, NumberText.fixed(100 * statistics.frequencies[trainID], digits: 3),
                "\(statistics.images(with: trainID, moreThan: 0).count)",
                "\(statistics.images(with: trainID, moreThan: minimumPixels).count)",
                NumberText.fixed(100 * probabilities[trainID], digits: 1),
            ])
        }
        return table
    }

    private static func document(
        _ statistics: ClassStatistics, _ probabilities: [Double], minimumPixels: Int
    ) -> JSONValue {
        .array(
            statistics.labelSpace.classNames.enumerated().map { trainID, name in
                [
                    "class": .string(name), "pixels": .integer(statistics.pixelCounts[trainID]),
                    "images": .integer(statistics.images(with: trainID, moreThan: 0).count),
                    "imagesWithEnough": .integer(statistics.images(with: trainID, moreThan: minimumPixels).count),
                    "probability": .number(probabilities[trainID]),
                ]
            })
    }
}
