internal import Basics
internal import FoundationEssentials

/// The three files in which DAFormer and its followers keep these counts, for their tools to read.
extension ClassStatistics {
    private static let listName = "sample_class_stats.json"
    private static let dictionaryName = "sample_class_stats_dict.json"
    private static let byClassName = "samples_with_class.json"

    /// Where the three files of the data set at `root` belong: the root itself for the classes of Cityscapes, a folder
    /// in it otherwise, since the files do not say which classes they count.
    static func folder(root: String, labelSpace: LabelSpace) -> String {
        let usual = try? LabelSpaceLibrary.standard.space("cityscapes19")
        guard usual.map(labelSpace.hasClasses) != true else { return root }
        return "\(root)/class_statistics_\(labelSpace.name)-\(labelSpace.classFingerprint)"
    }

    /// Whether a folder has a list, readable or not.
    static func hasList(in folder: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(listName)")) != nil
    }

    /// A hash of the list in a folder; nil where there is none, or it cannot be read.
    static func listFingerprint(in folder: String) -> String? {
        RegularFile.contents(of: "\(folder)/\(listName)").map(fingerprint)
    }

    /// A hash of the list that `write(to:)` writes.
    func listFingerprint() throws(DatasetError) -> String {
        do {
            return fingerprint(of: try Self.encoded(images.map(ListEntry.init)))
        } catch {
            throw DatasetError(.notWritable, "class statistics cannot be written as JSON", cause: error)
        }
    }

    /// Writes the three files; each appears whole or not at all.
    public func write(to folder: String) throws(DatasetError) {
        let list = images.map(ListEntry.init)
        // Paths are unique, so that nothing is dropped.
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

    private static func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    private static func write(_ value: some Encodable, to path: String) throws {
        try encoded(value).write(to: URL(filePath: path), options: .atomic)
    }
}
