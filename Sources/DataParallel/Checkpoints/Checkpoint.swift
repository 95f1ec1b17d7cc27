public import Collectives
public import TensorEngine
internal import WeightFiles

/// A checkpoint that can be read, by any rank of any number of ranks.
///
/// There is none that was not verified: its index has the right checksum, and each of its files the size, the hash and
/// the tensors that the index says.
public struct Checkpoint: Sendable {
    public let path: String
    public let step: Int
    /// What the run stored.
    public let state: [String: String]
    /// What a user should know of it; nil where there is nothing to say.
    public let notice: String?
    private let index: CheckpointIndex

    /// Opens a checkpoint and verifies all of it. Collective; the ranks share the reading.
    ///
    /// - Parameter accepts: looks at what the run stored, on every rank.
    /// - Throws: on every rank alike: `.damaged` for what is missing or has changed, `.io` for what cannot be read,
    ///   `.unfit` for a format of another program.
    public static func verified(
        _ path: String, group: any ProcessGroup, accepts: (Checkpoint) throws(CheckpointError) -> Void = { _ in }
    ) throws(CheckpointError) -> Checkpoint {
        try group.together(path: path) { () throws(CheckpointError) in
            let checkpoint = try Checkpoint(indexOf: path)
            for (number, file) in checkpoint.index.files.enumerated() where number % group.size == group.rank {
                try checkpoint.verify(file)
            }
            try accepts(checkpoint)
            return checkpoint
        }
    }

    private init(indexOf path: String) throws(CheckpointError) {
        let (index, isSealed) = try CheckpointIndex.read("\(path)/\(CheckpointIndex.fileName)")
        self.path = path
        self.index = index
        step = index.step
        state = index.state
        notice = isSealed
            ? nil
            : "\(path) was saved by an older version: its index has no checksum, and only its ranges could be checked"
    }

    /// Keys of the tensors, sorted.
    public var keys: [String] { index.shapes.keys.sorted() }

    /// Shape of a tensor; nil when there is none with this key.
    public func shape(of key: String) -> [Int]? { index.shapes[key] }

    /// Reads a tensor, or some of its elements in row-major order, whatever ranks wrote it.
    public func floats(_ key: String, elements: Range<Int>? = nil) throws(CheckpointError) -> [Float] {
        guard let shape = shape(of: key) else {
            let known = keys.joined(separator: ", ")
            throw CheckpointError(
                .unfit, path: path, "has no '\(key)', only \(known); it belongs to another kind of run")
        }
        let wanted = elements ?? 0..<shape.reduce(1, *)
        var values: [Float] = []
        for (file, shard) in index.pieces(of: key) {
            let held = shard.globalOffset..<shard.globalOffset + shard.count
            let part = held.clamped(to: wanted)
            guard !part.isEmpty else { continue }
            let local = part.lowerBound - shard.globalOffset..<part.upperBound - shard.globalOffset
            values += try open(file) { (content: SafeTensorsFile) throws(WeightsError) in
                guard try content.entry(key).elementCount == shard.count else {
                    throw WeightsError(.malformed, file: content.path, "has changed while it was read")
                }
                return try content.floats(key, elements: local)
            }
        }
        return values
    }

    /// Overwrites a tensor with the stored values.
    ///
    /// - Throws: when the shapes differ: the checkpoint belongs to another model.
    public func load(_ key: String, into tensor: Tensor) throws(CheckpointError) {
        if let stored = shape(of: key), stored != tensor.shape {
            throw CheckpointError(
                .unfit, path: path, "'\(key)' has shape \(stored), this run needs \(tensor.shape); "
                    + "the checkpoint belongs to another model or setting")
        }
        let values = try floats(key)
        tensor.assign(Tensor(values, shape: tensor.shape))
    }
}

// MARK: - Verification

extension Checkpoint {
    /// Compares size, hash and tensors of a file with the index.
    private func verify(_ file: CheckpointIndex.File) throws(CheckpointError) {
        let filePath = "\(path)/\(file.name)"
        let digest = try CheckpointFiles.digest(filePath)
        guard digest.bytes == file.bytes else {
            throw CheckpointError(
                .damaged, path: filePath, "has \(digest.bytes) bytes where the index says \(file.bytes)")
        }
        guard digest.xxh64 == file.xxh64 else {
            throw CheckpointError(.damaged, path: filePath, "has changed since it was written (hash differs)")
        }
        try open(file.name) { (content: SafeTensorsFile) throws(WeightsError) in
            for shard in file.shards {
                let entry = try content.entry(shard.key)
                guard entry.type == .float32, entry.shape == [shard.count],
                    content.metadata["\(shard.key).globalOffset"] == "\(shard.globalOffset)"
                else {
                    throw WeightsError(.malformed, file: filePath, "'\(shard.key)' is not the part that the index says")
                }
            }
            guard content.names.count == file.shards.count else {
                throw WeightsError(.malformed, file: filePath, "has tensors that the index does not name")
            }
        }
    }

    /// Does something with a file; what is wrong with it is damage, unless the disk refuses.
    private func open<Result>(
        _ name: String, _ body: (SafeTensorsFile) throws(WeightsError) -> Result
    ) throws(CheckpointError) -> Result {
        do throws(WeightsError) { return try body(SafeTensorsFile("\(path)/\(name)")) } catch {
            throw CheckpointError(error.code == .io ? .io : .damaged, path: "\(path)/\(name)", error.message)
        }
    }
}
