/// The form of `torch.save` before PyTorch 1.6, still written with `_use_new_zipfile_serialization=False`: pickles of a
/// magic number, a version, facts about the machine, the value itself, and the keys of its storages; then in this order
/// the number of elements of each storage and its bytes, always little-endian.
final class TorchLegacy: TorchStorages {
    let isBigEndian = false
    private let file: ReadableFile
    /// Where each storage's bytes begin, by key.
    private let places: [String: Int]

    /// `0x1950a86a20f9469cfc6c`, with its opcode and length.
    private static let magic: [UInt8] = [0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    /// Where it stands: after the protocol, and in newer protocols after the length of a frame.
    private static let magicPlaces = [2, 11]
    private static let version = 1001

    private init(_ file: consuming ReadableFile, _ places: [String: Int]) {
        self.file = file
        self.places = places
    }

    /// - Parameter begin: the first bytes of a file.
    static func isLegacy(_ begin: [UInt8]) -> Bool {
        begin.first == 0x80 && magicPlaces.contains { begin.dropFirst($0).starts(with: magic) }
    }

    static func open(_ path: String) throws(WeightsError) -> (TorchContents, TorchLegacy) {
        let file = try ReadableFile(path)
        let bytes = try file.bytes(0..<min(file.byteCount, TorchFile.largestPickle))
        var position = 0
        _ = try value(bytes, &position, path)
        let version = try value(bytes, &position, path)
        guard case .integer(Self.version) = version.value else {
            throw WeightsError(
                .unknownFormat, file: path, "has another version of the legacy form than \(Self.version)")
        }
        _ = try value(bytes, &position, path)
        let (contents, end) = try TorchContents.read(bytes, at: position, path)
        position = end
        let keys = try value(bytes, &position, path)
        let places = try places(of: try Self.keys(keys.value, keys.machine, path), contents, from: position, file)
        return (contents, TorchLegacy(file, places))
    }

    private static func value(
        _ bytes: [UInt8], _ position: inout Int, _ path: String
    ) throws(WeightsError) -> (value: PickleValue, machine: PickleMachine) {
        var machine = PickleMachine(bytes, at: position)
        do throws(PickleReader.Failure) {
            let value = try machine.run()
            position = machine.end
            return (value, machine)
        } catch {
            throw WeightsError(.malformed, file: path, "its pickle \(error.message) (at byte \(error.offset))")
        }
    }

    private static func keys(
        _ value: PickleValue, _ machine: PickleMachine, _ path: String
    ) throws(WeightsError) -> [String] {
        guard case .object(let index) = value else {
            throw WeightsError(.malformed, file: path, "lacks the list of its storages; copy it again")
        }
        return machine.objects[index].values.compactMap { key in
            switch key {
            case .text(let text): text
            case .integer(let number): "\(number)"
            default: nil
            }
        }
    }

    private static func places(
        of keys: [String], _ contents: TorchContents, from position: Int, _ file: borrowing ReadableFile
    ) throws(WeightsError) -> [String: Int] {
        let storages = Dictionary(contents.storages.map { ($0.key, $0) }) { first, _ in first }
        var places: [String: Int] = [:]
        var position = position
        for key in keys {
            guard let storage = storages[key] else {
                throw WeightsError(
                    .malformed, file: file.path, "lists a storage '\(key)' that no tensor has; copy it again")
            }
            guard let type = storage.type else {
                throw WeightsError(
                    .wrongType, file: file.path,
                    "holds a \(storage.typeName), which is not read in the legacy form; save it again with a newer "
                        + "PyTorch")
            }
            guard position <= file.byteCount - 8 else { throw cut(file.path, key) }
            let count = try file.bytes(position..<position + 8).number(0, bytes: 8)
            position += 8
            guard count == storage.count, count <= (file.byteCount - position) / type.byteCount else {
                throw cut(file.path, key)
            }
            places[key] = position
            position += count * type.byteCount
        }
        guard position == file.byteCount else {
            throw WeightsError(
                .malformed, file: file.path,
                "has \(file.byteCount - position) bytes after its last storage; copy it again")
        }
        return places
    }

    private static func cut(_ path: String, _ key: String) -> WeightsError {
        WeightsError(
            .malformed, file: path, "ends inside its storage '\(key)', or tells another length of it: copy it again")
    }

    var byteCount: Int { file.byteCount }

    func reader(
        _ storage: TorchStorage, bytes: Range<Int>
    ) throws(WeightsError) -> (UnsafeMutableRawBufferPointer, _ offset: Int) throws(WeightsError) -> Void {
        guard let place = places[storage.key] else {
            throw WeightsError(.malformed, file: file.path, "lacks its storage '\(storage.key)'; copy it again")
        }
        return { (buffer, offset) throws(WeightsError) in try self.file.read(into: buffer, from: place + offset) }
    }

    /// There is none.
    func verify(_ storage: TorchStorage) {}
}
