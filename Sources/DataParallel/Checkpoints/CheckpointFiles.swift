internal import FoundationEssentials
internal import Glibc
internal import NN

/// Files and folders of checkpoints; failures name the path and what the system said.
enum CheckpointFiles {
    static func makeFolder(_ path: String) throws(CheckpointError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CheckpointError(.io, path: path, "cannot be made (\(error)); check the disk and its permissions")
        }
    }

    /// Removes a file or folder; absence is fine.
    static func remove(_ path: String) throws(CheckpointError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw CheckpointError(.io, path: path, "cannot be removed (\(error)); check its permissions")
        }
    }

    /// Names in a folder, sorted; none when there is no folder.
    static func names(in folder: String) throws(CheckpointError) -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw CheckpointError(.io, path: folder, "cannot be listed (\(error)); check its permissions")
        }
    }

    static func read(_ path: String) throws(CheckpointError) -> Data {
        do {
            return try Data(contentsOf: URL(filePath: path))
        } catch {
            throw CheckpointError(.damaged, path: path, "cannot be read (\(error))")
        }
    }

    /// Writes a file and flushes it to the disk.
    static func write(_ data: Data, to path: String) throws(CheckpointError) {
        let bytes = [UInt8](data)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw systemError(path, "cannot be created") }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw systemError(path, "cannot be written") }
            done += count
        }
        guard fsync(descriptor) == 0 else { throw systemError(path, "cannot be flushed") }
    }

    /// Gives a folder its name, in place of one that has it.
    static func move(_ source: String, to destination: String) throws(CheckpointError) {
        try flushFolder(source)
        let replaced = destination + ".replaced"
        if FileManager.default.fileExists(atPath: destination) {
            try remove(replaced)
            guard rename(destination, replaced) == 0 else { throw systemError(destination, "cannot be renamed") }
        }
        guard rename(source, destination) == 0 else { throw systemError(source, "cannot be renamed") }
        try flushFolder(URL(filePath: destination).deletingLastPathComponent().path)
        try remove(replaced)
    }

    private static func flushFolder(_ path: String) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError(path, "cannot be flushed") }
    }

    /// Length and XXH64 of a file.
    static func digest(_ path: String) throws(CheckpointError) -> (bytes: Int, xxh64: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "cannot be opened", .damaged) }
        defer { close(descriptor) }
        // A multiple of the hash's stripe; only the last block may be shorter.
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var hash = XXHash64()
        var total = 0
        while true {
            let count = try fill(&block, from: descriptor, path)
            total += count
            let whole = count / 32 * 32
            let finished: UInt64? = block.withUnsafeBytes { bytes in
                hash.update(stripes: UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
                guard count < bytes.count else { return nil }
                return hash.finished(tail: UnsafeRawBufferPointer(rebasing: bytes[whole..<count]))
            }
            if let finished { return (total, String(finished, radix: 16)) }
        }
    }

    /// Reads until the block is full or the file ends.
    private static func fill(
        _ block: inout [UInt8], from descriptor: Int32, _ path: String
    ) throws(CheckpointError) -> Int {
        var done = 0
        while done < block.count {
            let count = block.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw systemError(path, "cannot be read", .damaged) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    private static func systemError(
        _ path: String, _ what: String, _ code: CheckpointError.Code = .io
    ) -> CheckpointError {
        let reason = String(cString: strerror(errno))
        return CheckpointError(code, path: path, "\(what) (\(reason)); check the space on its disk and its permissions")
    }
}
