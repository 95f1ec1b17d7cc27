internal import Basics
internal import FoundationEssentials

/// Tensors in several files, found by the index that Hugging Face writes beside them: JSON with `weight_map`, the file
/// of each tensor.
final class ShardedFile: TensorFile {
    let path: String
    let names: [String]
    let metadata: [String: String]
    private let parts: [String: any TensorFile]

    private static let largestIndex = 1 << 26

    private struct Index: Decodable {
        let weight_map: [String: String]
    }

    /// - Throws: `WeightsError` where the index is none, names files elsewhere, or a file or one of its tensors is
    ///   missing.
    init(index path: String) throws(WeightsError) {
        let map = try Self.map(path)
        var files: [String: any TensorFile] = [:]
        for name in Set(map.values) { files[name] = try WeightsFile.open(part: FilePath.beside(path, name)) }
        var parts: [String: any TensorFile] = [:]
        for (tensor, name) in map {
            guard let file = files[name], file.contains(tensor) else {
                throw WeightsError(
                    .missing, file: FilePath.beside(path, name), tensor: tensor,
                    "is not in the file, as \(path) says; copy both again")
            }
            parts[tensor] = file
        }
        self.path = path
        self.parts = parts
        names = files.sorted { $0.key < $1.key }.flatMap { file in file.value.names.filter { map[$0] == file.key } }
        metadata = files.values.reduce(into: [:]) { $0.merge($1.metadata) { first, _ in first } }
    }

    /// The files that an index names, sorted.
    static func files(ofIndex path: String) throws(WeightsError) -> [String] {
        Set(try map(path).values).sorted().map { FilePath.beside(path, $0) }
    }

    /// The file of each tensor.
    private static func map(_ path: String) throws(WeightsError) -> [String: String] {
        let file = try ReadableFile(path)
        guard file.byteCount <= largestIndex else {
            throw WeightsError(.malformed, file: path, "has \(file.byteCount) bytes, too many for an index of files")
        }
        let map: [String: String]
        do {
            map = try JSONDecoder().decode(Index.self, from: Data(try file.bytes(0..<file.byteCount))).weight_map
        } catch {
            throw WeightsError(
                .malformed, file: path, "is no index of weights: JSON with 'weight_map', a file for each tensor")
        }
        if let name = map.values.first(where: { $0.isEmpty || $0.contains("/") || $0 == "." || $0 == ".." }) {
            throw WeightsError(.malformed, file: path, "names '\(name)', which is no file beside it; copy it again")
        }
        return map
    }

    func contains(_ name: String) -> Bool { parts[name] != nil }
    func entry(_ name: String) throws(WeightsError) -> TensorEntry { try part(name).entry(name) }

    func floats(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Float] {
        try part(name).floats(name, elements: elements)
    }

    func integers(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Int64] {
        try part(name).integers(name, elements: elements)
    }

    private func part(_ name: String) throws(WeightsError) -> any TensorFile {
        guard let part = parts[name] else {
            throw WeightsError(
                .missing, file: path, tensor: name, "is not in the files, which have \(parts.count) tensors")
        }
        return part
    }
}
