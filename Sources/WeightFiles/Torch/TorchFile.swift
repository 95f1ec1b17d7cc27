internal import Synchronization

/// A file of `torch.save`, open for reading: a pickle that says where its tensors lie, and their storages, in a zip
/// file (since PyTorch 1.6) or one after another (the legacy form).
///
/// Names of tensors are the keys on the way to them, joined by dots: `state_dict.backbone.norm1.weight`. Nothing of a
/// file is run, see `PickleMachine`; values that are no tensors are passed over.
public final class TorchFile: TensorFile {
    /// Bytes a pickle may have.
    static let largestPickle = 1 << 26

    public let path: String
    public let names: [String]
    public let metadata: [String: String] = [:]

    private let contents: TorchContents
    private let storages: any TorchStorages
    private let indices: [String: Int]
    /// Keys of the storages that were compared with their checksum.
    private let verified = Mutex<Set<String>>([])

    /// Opens a zip file.
    convenience init(zip path: String) throws(WeightsError) {
        let archive = try TorchArchive(path)
        try self.init(path, try archive.contents(), archive)
    }

    /// Opens a file of the legacy form.
    convenience init(legacy path: String) throws(WeightsError) {
        let (contents, storages) = try TorchLegacy.open(path)
        try self.init(path, contents, storages)
    }

    private init(_ path: String, _ contents: TorchContents, _ storages: any TorchStorages) throws(WeightsError) {
        self.path = path
        self.contents = contents
        self.storages = storages
        names = contents.tensors.map(\.name)
        var indices: [String: Int] = [:]
        for (index, tensor) in contents.tensors.enumerated() {
            guard indices.updateValue(index, forKey: tensor.name) == nil else {
                throw WeightsError(
                    .malformed, file: path, tensor: tensor.name,
                    "stands there twice; save the tensors under other names")
            }
        }
        self.indices = indices
    }

    public func contains(_ name: String) -> Bool { indices[name] != nil }

    public func entry(_ name: String) throws(WeightsError) -> TensorEntry { try located(name).entry }

    private func located(
        _ name: String
    ) throws(WeightsError) -> (entry: TensorEntry, tensor: TorchTensor, storage: TorchStorage) {
        guard let index = indices[name] else {
            throw WeightsError(
                .missing, file: path, tensor: name, "is not in the file, which has \(indices.count) tensors")
        }
        let tensor = contents.tensors[index].tensor
        guard let type = tensor.type else {
            throw WeightsError(
                .wrongType, file: path, tensor: name,
                "is of type \(tensor.typeName), which is not read; convert it to float32")
        }
        return (TensorEntry(name: name, type: type, shape: tensor.shape), tensor, contents.storages[tensor.storage])
    }
}

// MARK: - Values

extension TorchFile {
    public func floats(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Float] {
        try values(name, elements) { values, run throws(WeightsError) in try values.floats(run) }
    }

    public func integers(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Int64] {
        try values(name, elements) { values, run throws(WeightsError) in try values.integers(run) }
    }

    /// A dense tensor's elements straight from its storage, those of another out of the run that holds them all.
    private func values<Value>(
        _ name: String, _ elements: Range<Int>?,
        _ convert: (ElementValues, Range<Int>) throws(WeightsError) -> [Value]
    ) throws(WeightsError) -> [Value] {
        let (entry, tensor, storage) = try located(name)
        let run = entry.run(elements)
        guard !run.isEmpty else { return [] }
        try verify(storage)
        let source = ElementValues(
            file: path, name: name, type: entry.type, isBigEndian: storages.isBigEndian,
            read: try storages.reader(storage, bytes: tensor.span.scaled(by: entry.type.byteCount)))
        if tensor.isContiguous {
            return try convert(source, tensor.offset + run.lowerBound..<tensor.offset + run.upperBound)
        }
        guard entry.elementCount <= max(storages.byteCount, 1 << 20) else {
            throw WeightsError(
                .malformed, file: path, tensor: name,
                "repeats \(tensor.span.count) values to a shape of \(tensor.shape), more than the file has bytes")
        }
        let gathered = tensor.gathered(try convert(source, tensor.span))
        return elements == nil ? gathered : Array(gathered[run])
    }

    private func verify(_ storage: TorchStorage) throws(WeightsError) {
        guard verified.withLock({ !$0.contains(storage.key) }) else { return }
        try storages.verify(storage)
        verified.withLock { _ = $0.insert(storage.key) }
    }
}

extension Range<Int> {
    fileprivate func scaled(by factor: Int) -> Range<Int> { lowerBound * factor..<upperBound * factor }
}

/// What the pickle of a file tells.
struct TorchContents: Sendable {
    let tensors: [(name: String, tensor: TorchTensor)]
    let storages: [TorchStorage]

    /// Reads a pickle.
    ///
    /// - Returns: also where it ends.
    static func read(
        _ bytes: [UInt8], at position: Int, _ path: String
    ) throws(WeightsError) -> (TorchContents, end: Int) {
        var machine = PickleMachine(bytes, at: position)
        do throws(PickleReader.Failure) {
            let value = try machine.run()
            let names = try TorchNames(value, machine)
            guard !names.found.isEmpty else { throw Self.withoutTensors(value, machine) }
            let tensors = names.found.map { (name: $0.name, tensor: machine.tensors[$0.tensor]) }
            return (TorchContents(tensors: tensors, storages: machine.storages), machine.end)
        } catch {
            throw WeightsError(
                .malformed, file: path, "its pickle \(error.message) (at byte \(error.offset))")
        }
    }

    private static func withoutTensors(_ value: PickleValue, _ machine: PickleMachine) -> PickleReader.Failure {
        var message = "holds no tensors"
        if case .object(let index) = value, case .instance(let global) = machine.objects[index].kind {
            message = "is an object of the class \(global.text) and not a dictionary of tensors; save its state_dict()"
        } else if !machine.unknown.isEmpty {
            message += " outside of objects of \(machine.unknown.prefix(3).map(\.text).joined(separator: ", "))"
        }
        return PickleReader.Failure(offset: machine.end, message: message)
    }
}

/// Where the elements of a file's storages lie.
protocol TorchStorages: Sendable {
    /// Bytes of the file.
    var byteCount: Int { get }
    var isBigEndian: Bool { get }

    /// Reads from a storage, as `ElementValues` wants it.
    ///
    /// - Parameter bytes: the part that will be read.
    func reader(
        _ storage: TorchStorage, bytes: Range<Int>
    ) throws(WeightsError) -> (UnsafeMutableRawBufferPointer, _ offset: Int) throws(WeightsError) -> Void

    /// Compares a storage with its checksum, where it has one.
    func verify(_ storage: TorchStorage) throws(WeightsError)
}
