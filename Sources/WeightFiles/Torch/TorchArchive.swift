/// The zip form of a file of `torch.save`: `<name>/data.pkl`, and `<name>/data/<key>` for each storage.
final class TorchArchive: TorchStorages {
    let isBigEndian: Bool
    private let archive: ZipArchive
    /// Before the names of all records, with its slash.
    private let prefix: String

    private static let pickle = "data.pkl"

    init(_ path: String) throws(WeightsError) {
        let archive = try ZipArchive(path)
        let names = archive.records.keys.filter { $0 == Self.pickle || $0.hasSuffix("/" + Self.pickle) }
        guard let name = names.min(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) }) else {
            throw WeightsError(
                .unknownFormat, file: path,
                "is a zip file without a record \(Self.pickle), so no file of torch.save; unpack it first")
        }
        let prefix = String(name.dropLast(Self.pickle.utf8.count))
        if let code = archive.records.keys.filter({ $0.hasPrefix(prefix + "code/") }).min() {
            throw WeightsError(
                .unknownFormat, file: path,
                "is a TorchScript program (it holds \(code)), of which nothing is run; save the model's state_dict()")
        }
        self.prefix = prefix
        isBigEndian = try archive.records["\(prefix)byteorder"].map { record throws(WeightsError) in
            guard record.byteCount <= 16 else { return false }
            return String(decoding: try archive.bytes(record), as: UTF8.self).hasPrefix("big")
        } ?? false
        self.archive = archive
    }

    var byteCount: Int { archive.file.byteCount }

    func contents() throws(WeightsError) -> TorchContents {
        guard let record = archive.records[prefix + Self.pickle], record.byteCount <= TorchFile.largestPickle else {
            throw WeightsError(
                .malformed, file: archive.file.path, "has a \(Self.pickle) too large for a file of weights")
        }
        try archive.verify(record)
        return try TorchContents.read(try archive.bytes(record), at: 0, archive.file.path).0
    }

    private func record(_ storage: TorchStorage) throws(WeightsError) -> ZipArchive.Record {
        let needed = (storage.type?.byteCount ?? 1).multipliedReportingOverflow(by: storage.count)
        guard let record = archive.records["\(prefix)data/\(storage.key)"] else {
            throw WeightsError(
                .malformed, file: archive.file.path, "lacks its record data/\(storage.key); copy it again")
        }
        guard !needed.overflow, record.byteCount >= needed.partialValue else {
            throw WeightsError(
                .malformed, file: archive.file.path,
                "has \(record.byteCount) bytes in its record data/\(storage.key), which needs \(storage.count) "
                    + "elements of \(storage.typeName); copy it again")
        }
        return record
    }

    func reader(
        _ storage: TorchStorage, bytes: Range<Int>
    ) throws(WeightsError) -> (UnsafeMutableRawBufferPointer, _ offset: Int) throws(WeightsError) -> Void {
        let record = try record(storage)
        guard bytes.upperBound <= record.byteCount else {
            throw WeightsError(
                .malformed, file: archive.file.path, "ends inside its record data/\(storage.key); copy it again")
        }
        guard record.isDeflated else {
            return { (buffer, offset) throws(WeightsError) in
                try self.archive.read(record, into: buffer, from: offset)
            }
        }
        // Unpacked once, however many pieces are read.
        let unpacked = try archive.bytes(record, bytes)
        return { (buffer, offset) throws(WeightsError) in
            let start = offset - bytes.lowerBound
            unpacked.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + buffer.count]))
            }
        }
    }

    func verify(_ storage: TorchStorage) throws(WeightsError) { try archive.verify(try record(storage)) }
}
