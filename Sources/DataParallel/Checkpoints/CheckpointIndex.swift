internal import WeightFiles

/// The last file of a checkpoint to be written: without it there is no checkpoint.
package struct CheckpointIndex: Codable, Equatable {
    static let fileName = "index.json"
    /// Version 1 had no checksum.
    static let currentVersion = 2
    /// No run is longer.
    static let largestStep = 1_000_000_000_000

    /// A run of elements of a tensor, in one file.
    struct Shard: Codable, Equatable {
        var key: String
        /// Element type by its safetensors name.
        var dtype: String
        var globalShape: [Int]
        /// First element, counted in row-major order.
        var globalOffset: Int
        var count: Int
    }

    struct File: Codable, Equatable {
        var name: String
        var bytes: Int
        /// XXH64 of the file in hexadecimal.
        var xxh64: String
        var shards: [Shard]
    }

    var version = currentVersion
    var step: Int
    /// What the run wants to know again: configuration, counters.
    var state: [String: String]
    var files: [File]

    /// Keys with their global shapes.
    var shapes: [String: [Int]] {
        Dictionary(files.flatMap(\.shards).map { ($0.key, $0.globalShape) }) { first, _ in first }
    }

    /// Pieces of a tensor in order, each with its file.
    func pieces(of key: String) -> [(file: String, shard: Shard)] {
        files.flatMap { file in file.shards.filter { $0.key == key }.map { (file.name, $0) } }
            .sorted { ($0.1.globalOffset, $0.1.count) < ($1.1.globalOffset, $1.1.count) }
    }

    /// Name of the file that a rank writes.
    static func shardName(ofRank rank: Int) -> String { "shard-\(rank).safetensors" }

    private static func isShardName(_ name: String) -> Bool {
        let rank = name.dropFirst("shard-".count).prefix { $0 != "." }
        return Int(rank).map { $0 >= 0 && shardName(ofRank: $0) == name } ?? false
    }
}

// MARK: - Faults

extension CheckpointIndex {
    /// What is wrong, or nil: every number must be in its range, and every element of every tensor be written exactly
    /// once, to a file that is large enough and lies in the checkpoint's folder.
    func fault() -> String? {
        guard (0...Self.largestStep).contains(step) else { return "the step \(step) is out of range" }
        if let fault = duplicate(of: files.map(\.name)) { return "'\(fault)' is named twice" }
        for file in files {
            if let fault = fault(of: file) { return fault }
        }
        for (key, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            if let fault = coverageFault(key, shape) { return fault }
        }
        return nil
    }

    private func fault(of file: File) -> String? {
        guard Self.isShardName(file.name) else { return "'\(file.name)' is not the name of a file of a checkpoint" }
        guard file.bytes >= 0 else { return "\(file.name) has \(file.bytes) bytes" }
        if let key = duplicate(of: file.shards.map(\.key)) { return "'\(key)' is twice in \(file.name)" }
        for shard in file.shards {
            // Once no count is larger than its file, no product with the size of an element can overflow.
            guard shard.count >= 0, shard.count <= file.bytes / MemoryLayout<Float>.stride else {
                return "'\(shard.key)' does not fit \(file.name)"
            }
            guard shard.dtype == SafeTensorsType.float32.rawValue else {
                return "'\(shard.key)' has elements of type '\(shard.dtype)', not F32"
            }
        }
        return nil
    }

    private func duplicate(of names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }

    private func coverageFault(_ key: String, _ shape: [Int]) -> String? {
        guard let total = Self.count(shape) else { return "'\(key)' has the impossible shape \(shape)" }
        var next = 0
        for (file, shard) in pieces(of: key) {
            guard shard.globalShape == shape else {
                return "'\(key)' has two shapes, \(shape) and \(shard.globalShape)"
            }
            guard shard.globalOffset == next else {
                return "'\(key)' in \(file) begins at element \(shard.globalOffset) where \(next) is next"
            }
            guard shard.count <= total - next else { return "'\(key)' in \(file) ends behind its shape \(shape)" }
            next += shard.count
        }
        return next == total ? nil : "'\(key)' has \(next) elements, its shape \(shape) asks for \(total)"
    }

    /// Elements of a shape; nil where it has a negative size or more elements than can be counted.
    private static func count(_ shape: [Int]) -> Int? {
        guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
        guard !shape.contains(0) else { return 0 }
        var total = 1
        for size in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            total = product
        }
        return total
    }
}
