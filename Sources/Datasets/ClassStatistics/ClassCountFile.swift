internal import Basics
internal import FoundationEssentials
internal import Glibc
internal import ImageIO

/// Class counts of label files on disk, each with the key of its file:
///
///     {"format":"causeway class counts","version":1,"labelSpace":"cityscapes19","checksum":"…"}
///     [{"key":{"file":"gtFine/…","bytes":…,"modified":…,"encoding":"…"},"counts":[[0,3],[10,1]]},…]
///
/// The checksum is of everything below the first line.
struct ClassCountFile {
    /// Counts by path below the root of the data set.
    var entries: [String: Entry] = [:]
    /// Hash of the list for DAFormer's tools that was written with it; nil where none was.
    var listFingerprint: String?

    /// To be raised when labels are counted differently: what an older version counted is counted again.
    private static let version = 1
    private static let format = "causeway class counts"
    /// More than any data set needs; a file that claims more is not read.
    private static let maximumBytes = 1 << 28

    struct Entry: Codable {
        let key: LabelKey
        let counts: [Int: Int]

        init(key: LabelKey, counts: [Int: Int]) {
            self.key = key
            self.counts = counts
        }

        private enum CodingKeys: CodingKey { case key, counts }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            key = try values.decode(LabelKey.self, forKey: .key)
            var counts: [Int: Int] = [:]
            for pair in try values.decode([[Int]].self, forKey: .counts) {
                guard pair.count == 2, counts.updateValue(pair[1], forKey: pair[0]) == nil else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .counts, in: values, debugDescription: "counts of \(key.file) are no pairs")
                }
            }
            self.counts = counts
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(key, forKey: .key)
            try values.encode(counts.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }, forKey: .counts)
        }
    }

    private struct Header: Codable {
        var format = ClassCountFile.format
        var version = ClassCountFile.version
        let labelSpace: String
        let root: String?
        let listFingerprint: String?
        let checksum: String
    }

    /// Why a file of counts is not used: ends the sentence `<path>: …`.
    struct Refusal: Error {
        let reason: String
    }

    init() {}

    /// Reads a file; nil where there is none.
    ///
    /// - Parameter root: of the data set, where the file lies outside of it and says whose it is.
    init?(_ path: String, labelSpace: LabelSpace, root: String?) throws(Refusal) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno != ENOENT && errno != ENOTDIR else { return nil }
            throw Refusal(reason: "cannot be read (\(String(cString: strerror(errno))))")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.maximumBytes else {
            throw Refusal(reason: "is not a file of class counts")
        }
        let bytes: [UInt8]
        do { bytes = try FileBytes.read(path) } catch { throw Refusal(reason: "cannot be read") }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[..<end])), header.format == Self.format
        else { throw Refusal(reason: "is damaged, or not a file of class counts") }
        guard header.version == Self.version else {
            throw Refusal(reason: "was written by another version, which counted differently")
        }
        guard header.labelSpace == labelSpace.name, header.root == root else {
            throw Refusal(reason: "holds counts of another data set")
        }
        let body = bytes[(end + 1)...]
        guard fingerprint(of: body) == header.checksum,
            let list = try? JSONDecoder().decode([Entry].self, from: Data(body)),
            list.allSatisfy({ Self.isPossible($0, labelSpace) })
        else { throw Refusal(reason: "is damaged") }
        listFingerprint = header.listFingerprint
        for entry in list { entries[entry.key.file] = entry }
    }

    private static func isPossible(_ entry: Entry, _ labelSpace: LabelSpace) -> Bool {
        entry.counts.allSatisfy { trainID, count in
            (0..<labelSpace.classCount).contains(trainID) && (1...ImageCodec.defaultMaximumPixels).contains(count)
        }
    }

    /// Writes the file whole or not at all, also where several jobs write it; makes its folder.
    func write(to path: String, labelSpace: LabelSpace, root: String?) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let list = entries.values.sorted { $0.key.file.utf8.lexicographicallyPrecedes($1.key.file.utf8) }
        let body = try encoder.encode(list)
        let header = Header(
            labelSpace: labelSpace.name, root: root, listFingerprint: listFingerprint, checksum: fingerprint(of: body))
        var data = try encoder.encode(header)
        data.append(UInt8(ascii: "\n"))
        data.append(body)
        try FileManager.default.createDirectory(
            atPath: FilePath.folder(of: path), withIntermediateDirectories: true)
        try data.write(to: URL(filePath: path), options: .atomic)
    }
}
