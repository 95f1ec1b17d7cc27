internal import FoundationEssentials
internal import NN
public import TensorEngine

/// A checkpoint that can be read, by any rank of any number of ranks.
public struct Checkpoint: Sendable {
    public let path: String
    public let step: Int
    /// What the run stored.
    public let state: [String: String]
    private let index: CheckpointIndex

    /// Reads the index. Whether the files are whole is not checked; `CheckpointFolder.newestWhole` does that.
    public init(_ path: String) throws(CheckpointError) {
        let file = "\(path)/\(CheckpointIndex.fileName)"
        let data = try CheckpointFiles.read(file)
        let index: CheckpointIndex
        do {
            index = try JSONDecoder().decode(CheckpointIndex.self, from: data)
        } catch {
            throw CheckpointError(.damaged, path: file, "is not a valid index (\(error)); use another checkpoint")
        }
        guard index.version == CheckpointIndex.currentVersion else {
            throw CheckpointError(
                .unfit, path: file, "has format version \(index.version), this program reads "
                    + "\(CheckpointIndex.currentVersion); use the program that wrote it")
        }
        if let fault = index.fault() { throw CheckpointError(.damaged, path: file, fault) }
        self.path = path
        self.index = index
        step = index.step
        state = index.state
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
            do throws(WeightsError) {
                values += try SafeTensorsFile("\(path)/\(file)").floats(key, elements: local)
            } catch {
                throw CheckpointError(.damaged, path: "\(path)/\(file)", error.message)
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

    /// Compares size and hash of every `count`-th file, from number `share`, with the index.
    func verifyFiles(share: Int, of count: Int) throws(CheckpointError) {
        for (number, file) in index.files.enumerated() where number % count == share {
            let filePath = "\(path)/\(file.name)"
            let digest = try CheckpointFiles.digest(filePath)
            guard digest.bytes == file.bytes else {
                throw CheckpointError(
                    .damaged, path: filePath, "has \(digest.bytes) bytes where the index says \(file.bytes)")
            }
            guard digest.xxh64 == file.xxh64 else {
                throw CheckpointError(.damaged, path: filePath, "has changed since it was written (hash differs)")
            }
        }
    }
}
