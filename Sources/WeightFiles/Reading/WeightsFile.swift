internal import FoundationEssentials

/// Opens files of weights, recognised by what they hold, whatever they are called.
public enum WeightsFile {
    /// Names of a folder's weights, in the order they are looked for, as Hugging Face writes them.
    private static let namesInFolder = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ]
    /// Bytes at a file's begin that tell its format.
    private static let prefixByteCount = 32

    /// Opens safetensors, PyTorch's own format (`.pth`, `.pt`, `.bin`; with zip around it or without), the index of
    /// either in several files, or a folder that holds one of them under the name that Hugging Face gives it.
    ///
    /// Nothing in a file is run.
    ///
    /// - Throws: `WeightsError` where it is none of these, damaged, or unreadable.
    public static func open(_ path: String) throws(WeightsError) -> any TensorFile {
        let file = try located(path)
        return try isIndex(prefix(of: file)) ? ShardedFile(index: file) : open(part: file)
    }

    /// The files that `open` reads: one, or an index and the files that it names.
    public static func files(of path: String) throws(WeightsError) -> [String] {
        let file = try located(path)
        return try isIndex(prefix(of: file)) ? [file] + ShardedFile.files(ofIndex: file) : [file]
    }

    /// The file itself, or that of a folder.
    private static func located(_ path: String) throws(WeightsError) -> String {
        var isFolder = false
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        return isThere && isFolder ? try file(in: path) : path
    }

    /// Opens a file that holds its tensors itself, as each one must that an index names.
    static func open(part path: String) throws(WeightsError) -> any TensorFile {
        let begin = try prefix(of: path)
        if ZipArchive.isZip(begin) { return try TorchFile(zip: path) }
        if TorchLegacy.isLegacy(begin) { return try TorchFile(legacy: path) }
        if begin.first == 0x80, begin.count > 8, (2...5).contains(begin[1]), begin[8] != UInt8(ascii: "{") {
            throw WeightsError(
                .unknownFormat, file: path, "is a pickle, but not one of torch.save; save the tensors with that")
        }
        guard !isIndex(begin) else {
            throw WeightsError(.malformed, file: path, "is an index where a file of tensors is needed; copy it again")
        }
        return try SafeTensorsFile(path)
    }

    /// The length that safetensors begins with has zeros, a text has none.
    private static func isIndex(_ begin: [UInt8]) -> Bool {
        let firstOfText = begin.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return firstOfText == UInt8(ascii: "{") && !begin.prefix(8).contains(0)
    }

    private static func file(in folder: String) throws(WeightsError) -> String {
        for name in namesInFolder where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw WeightsError(
            .io, file: folder,
            "is a folder without \(namesInFolder.joined(separator: ", ")); name the file of weights itself")
    }

    private static func prefix(of path: String) throws(WeightsError) -> [UInt8] {
        let file = try ReadableFile(path)
        return try file.bytes(0..<min(prefixByteCount, file.byteCount))
    }
}

extension ReadableFile {
    /// Some of the bytes.
    ///
    /// - Precondition: `range` lies inside the file.
    func bytes(_ range: Range<Int>) throws(WeightsError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: range.count)
        var failure: WeightsError?
        result.withUnsafeMutableBytes { buffer in
            do throws(WeightsError) { try read(into: buffer, from: range.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        return result
    }
}
