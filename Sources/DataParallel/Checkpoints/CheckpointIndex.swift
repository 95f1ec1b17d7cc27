/// The last file of a checkpoint to be written: without it there is no checkpoint.
struct CheckpointIndex: Codable, Equatable {
    static let fileName = "index.json"
    static let currentVersion = 1

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
            .sorted { $0.1.globalOffset < $1.1.globalOffset }
    }

    /// What is wrong, or nil: every element of every tensor must be written exactly once, to a file that is large
    /// enough and lies in the checkpoint's folder.
    func fault() -> String? {
        for file in files {
            if file.name.contains("/") || file.name.isEmpty { return "'\(file.name)' is not the name of a file" }
            // Once no count is larger than its file, no sum below can overflow.
            let oversized = file.shards.first { $0.count < 0 || $0.count > file.bytes / MemoryLayout<Float>.stride }
            if let oversized { return "'\(oversized.key)' does not fit \(file.name)" }
        }
        for (key, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            if let fault = coverageFault(key, shape) { return fault }
        }
        return nil
    }

    private func coverageFault(_ key: String, _ shape: [Int]) -> String? {
        var next = 0
        for (file, shard) in pieces(of: key) {
            guard shard.globalShape == shape else {
                return "'\(key)' has two shapes, \(shape) and \(shard.globalShape)"
            }
            guard shard.globalOffset == next else {
                return "'\(key)' in \(file) begins at element \(shard.globalOffset) where \(next) is next"
            }
            next += shard.count
        }
        let count = shape.reduce(1.0) { $0 * Double($1) }
        return Double(next) == count ? nil : "'\(key)' has \(next) elements, its shape \(shape) asks for others"
    }
}
