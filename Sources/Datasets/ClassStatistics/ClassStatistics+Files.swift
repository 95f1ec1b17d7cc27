internal import FoundationEssentials

/// The three files in which DAFormer and its followers keep these counts; their tools read ours and ours read theirs.
extension ClassStatistics {
    private static let listName = "sample_class_stats.json"
    private static let dictionaryName = "sample_class_stats_dict.json"
    private static let byClassName = "samples_with_class.json"

    /// Where the statistics of the data set at `root` belong: the root itself for 19 classes, a folder in it otherwise,
    /// since the files do not say which classes they count.
    public static func folder(root: String, labelSpace: LabelSpaceKind) -> String {
        switch labelSpace {
        case .cityscapes19: root
        case .camvid11: "\(root)/class_statistics_\(labelSpace.rawValue)"
        }
    }

    /// The statistics of `dataset` kept in `folder`; counted and kept there if they are not yet.
    ///
    /// Counts that lack an unreadable file are not kept: it may be restored.
    ///
    /// - Parameter skipsUnreadable: files that cannot be read count as empty.
    /// - Throws: `malformedStatistics` when the kept file is damaged or lacks an image of the set; `notWritable`.
    public static func cached(
        for dataset: any SegmentationDataset, in folder: String, skipsUnreadable: Bool = false
    ) throws(DatasetError) -> ClassStatistics {
        let path = "\(folder)/\(listName)"
        guard FileListing.exists(path) else {
            let statistics = try ClassStatistics(counting: dataset, skipsUnreadable: skipsUnreadable)
            if statistics.unreadableFiles.isEmpty { try statistics.write(to: folder) }
            return statistics
        }
        return try read(from: folder, labelSpace: dataset.labelSpace).ordered(as: dataset, path: path)
    }

    /// Reads `sample_class_stats.json`, the file that holds everything.
    public static func read(from folder: String, labelSpace: LabelSpace) throws(DatasetError) -> ClassStatistics {
        let path = "\(folder)/\(listName)"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DatasetError(.malformedStatistics, "\(path): cannot be read; remove it to count the classes again")
        }
        let images: [Image]
        do {
            images = try JSONDecoder().decode([ListEntry].self, from: data).map(\.image)
        } catch {
            throw DatasetError(
                .malformedStatistics, "\(path): is not a list of class counts; remove it to count the classes again",
                cause: error)
        }
        for image in images {
            if let (trainID, _) = image.pixelCounts.first(where: { $0.key < 0 || $0.key >= labelSpace.classCount }) {
                throw DatasetError(
                    .malformedStatistics,
                    "\(path): \(image.file) counts class \(trainID), but \(labelSpace.name) has "
                        + "\(labelSpace.classCount) classes; remove it to count the classes again")
            }
        }
        return ClassStatistics(labelSpace: labelSpace, images: images)
    }

    /// Writes the three files; each appears whole or not at all.
    public func write(to folder: String) throws(DatasetError) {
        let list = images.map(ListEntry.init)
        let dictionary = Dictionary(images.map { ($0.file, CountsByName($0)) }, uniquingKeysWith: { first, _ in first })
        var byClass: [String: [FileCount]] = [:]
        for image in images {
            for (trainID, count) in image.pixelCounts {
                byClass["\(trainID)", default: []].append(FileCount(file: image.file, count: count))
            }
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // The list last: its presence says that all three are there.
            try Self.write(byClass, to: "\(folder)/\(Self.byClassName)")
            try Self.write(dictionary, to: "\(folder)/\(Self.dictionaryName)")
            try Self.write(list, to: "\(folder)/\(Self.listName)")
        } catch {
            throw DatasetError(
                .notWritable, "\(folder): class statistics cannot be written; make the folder writable", cause: error)
        }
    }

    private static func write(_ value: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(value).write(to: URL(filePath: path), options: .atomic)
    }

    /// These statistics in the order of a data set's samples. Files are matched by base name without label suffix, so
    /// counts made elsewhere, or from converted labels, serve as well.
    private func ordered(as dataset: any SegmentationDataset, path: String) throws(DatasetError) -> ClassStatistics {
        let byName = Dictionary(
            images.map { (Self.sampleName(of: $0.file), $0) }, uniquingKeysWith: { first, _ in first })
        var ordered: [Image] = []
        for sample in dataset.samples {
            guard let image = byName[sample.name] else {
                throw DatasetError(
                    .malformedStatistics,
                    "\(path): does not know \(sample.name) of \(dataset.name); remove it to count the classes again")
            }
            ordered.append(image)
        }
        return ClassStatistics(labelSpace: labelSpace, images: ordered)
    }

    private static func sampleName(of file: String) -> String {
        let base = file.split(separator: "/").last.map(String.init) ?? file
        let suffixes =
            CityscapesLabelFile.suffixes(prefix: "_gtFine") + CityscapesLabelFile.suffixes(prefix: "_gt")
            + ["_labelTrainIds.png", ".png"]
        return FileListing.stem(of: base, suffixes: suffixes) ?? base
    }
}
