internal import Basics
internal import Collectives
package import Datasets

/// What the class counts of the source tell before the first step.
package struct SourceLabels {
    private let source: any SegmentationDataset
    private let statistics: ClassStatistics

    package init(_ source: any SegmentationDataset, _ statistics: ClassStatistics) {
        self.source = source
        self.statistics = statistics
    }

    /// What to do about labels from which nothing can be learnt.
    static let remedy =
        "there is nothing to learn; check data.source.kind, root and split, and look with `causeway check-data`"

    /// What to do about files of objects from which nothing can be learnt.
    static let objectRemedy =
        "a network that finds objects would learn none; give a source with single objects, or look at the files with "
        + "`causeway check-data`"

    /// Says on standard error what is not as it should be.
    ///
    /// - Throws: `noLabelledPixel` where no label that could be read has one.
    package func report() throws(DatasetError) {
        if statistics.unreadableFiles.count == source.count, let first = statistics.unreadableFiles.first {
            throw DatasetError(
                .unreadable, "\(first): like all \(source.count) labels of \(source.name) it cannot be read")
        }
        guard statistics.pixelCounts.contains(where: { $0 > 0 }) else {
            throw .noLabelledPixel(of: source, remedy: Self.remedy)
        }
        for warning in warnings { StandardError.write("warning: \(warning)\n") }
    }

    private var warnings: [String] {
        var warnings: [String] = []
        if let first = statistics.unreadableFiles.first {
            warnings.append(
                "\(statistics.unreadableFiles.count) label files cannot be read, and rare classes are not drawn from "
                    + "them, the first is \(first)")
        }
        let empty = statistics.emptyFiles
        if let first = empty.first {
            warnings.append(
                "\(empty.count) of \(source.count) labels of \(source.name) have no labelled pixel, and nothing is "
                    + "learnt from their images, the first is \(first)")
        }
        if let classes = statistics.classNotice(of: source.name) { warnings.append(classes) }
        return warnings
    }
}

extension ClassStatistics {
    /// The counts that rank 0 has, on every rank. Collective.
    ///
    /// - Parameter counts: not nil on rank 0.
    static func shared(
        _ counts: ClassStatistics?, of dataset: any SegmentationDataset, over world: any ProcessGroup
    ) throws -> ClassStatistics {
        let classCount = dataset.labelSpace.classCount
        var flat =
            counts.map { counts in
                counts.images.flatMap { image in (0..<classCount).map { image.pixelCounts[$0, default: 0] } }
            } ?? []
        var size = [flat.count]
        try world.broadcast(&size, from: 0)
        guard size[0] == dataset.count * classCount else {
            throw DatasetError(
                .unreadable,
                "\(dataset.name): rank 0 has \(size[0] / classCount) images, rank \(world.rank) \(dataset.count); give "
                    + "all ranks the same files")
        }
        if counts == nil { flat = [Int](repeating: 0, count: size[0]) }
        try world.broadcast(&flat, from: 0)
        if let counts { return counts }
        let images = dataset.samples.enumerated().map { index, sample in
            let row = flat[index * classCount..<(index + 1) * classCount]
            return Image(
                file: sample.labelPath ?? sample.name,
                pixelCounts: Dictionary(uniqueKeysWithValues: row.enumerated().filter { $1 > 0 }.map { ($0, $1) }))
        }
        return ClassStatistics(labelSpace: dataset.labelSpace, images: images)
    }
}
