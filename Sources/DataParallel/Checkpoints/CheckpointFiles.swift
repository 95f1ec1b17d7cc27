internal import Basics
internal import FoundationEssentials
internal import Glibc
internal import NN

/// Files and folders of checkpoints; failures name the path and what the system said.
///
/// What is missing or of the wrong kind is `.damaged`; what the disk or its permissions refuse is `.io`.
package enum CheckpointFiles {
    static func makeFolder(_ path: String) throws(CheckpointError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CheckpointError(.io, path: path, "cannot be made (\(error)); check the disk and its permissions")
        }
    }

    /// Whether there is anything of this name, a link to nowhere included.
    ///
    /// - Throws: where that cannot be seen, a folder above being closed for instance.
    package static func isPresent(_ path: String) throws(CheckpointError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw systemError(path, "cannot be looked at") }
        return false
    }

    /// Removes a file or folder; absence is fine.
    static func remove(_ path: String) throws(CheckpointError) {
        guard try isPresent(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw CheckpointError(.io, path: path, "cannot be removed (\(error)); check its permissions")
        }
    }

    /// Removes a folder in two moves, so that it has another name before the first of its files goes.
    static func remove(_ path: String, renamedTo other: String) throws(CheckpointError) {
        try remove(other)
        guard rename(path, other) == 0 else { throw systemError(path, "cannot be renamed") }
        try remove(other)
    }

    /// Names in a folder, sorted; none when there is no folder.
    ///
    /// - Throws: when there is something that cannot be listed: that is not the same as nothing.
    package static func names(in folder: String) throws(CheckpointError) -> [String] {
        guard let stream = opendir(folder) else {
            let code = errno
            let failure = systemError(folder, "cannot be listed")
            guard code == ENOENT, try !isPresent(folder) else { throw failure }
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw systemError(folder, "cannot be listed") }
        return names.sorted()
    }

    /// The whole of a file.
    ///
    /// - Parameter limit: bytes that no such file exceeds.
    static func read(_ path: String, limit: Int) throws(CheckpointError) -> Data {
        let (descriptor, size) = try openForReading(path)
        defer { close(descriptor) }
        guard size <= limit else {
            throw CheckpointError(.damaged, path: path, "has \(size) bytes, more than such a file can have")
        }
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try fill(&bytes, from: descriptor, path)
        return Data(bytes[..<count])
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
    ///
    /// - Parameter replaced: name that the other one has until it is removed.
    static func move(_ source: String, to destination: String, replaced: String) throws(CheckpointError) {
        try flushFolder(source)
        if try isPresent(destination) {
            try remove(replaced)
            guard rename(destination, replaced) == 0 else { throw systemError(destination, "cannot be renamed") }
        }
        guard rename(source, destination) == 0 else { throw systemError(source, "cannot be renamed") }
        try flushFolder(FilePath.folder(of: destination))
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
        let (descriptor, size) = try openForReading(path)
        defer { close(descriptor) }
        // A multiple of the hash's stripe; only the last block may be shorter.
        var block = [UInt8](repeating: 0, count: min(1 << 20, (size / 32 + 1) * 32))
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
}

// MARK: - System calls

extension CheckpointFiles {
    private static func openForReading(_ path: String) throws(CheckpointError) -> (descriptor: Int32, size: Int) {
        // A pipe of that name would not be opened before somebody writes into it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            let failure = systemError(path, "cannot be opened")
            if code == ENOTDIR { throw CheckpointError(.damaged, path: path, "lies in something that is no folder") }
            guard code == ENOENT, try !isPresent(path), !isLinkToNowhere(FilePath.folder(of: path)) else {
                throw failure
            }
            throw CheckpointError(.damaged, path: path, "is missing")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw systemError(path, "cannot be measured")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CheckpointError(.damaged, path: path, "is not a file")
        }
        return (descriptor, Int(status.st_size))
    }

    /// Whether what a link stands for is not there, its disk not being mounted for instance.
    private static func isLinkToNowhere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && stat(path, &status) != 0
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
            guard count >= 0 else { throw systemError(path, "cannot be read") }
            if count == 0 { break }
            done += count
        }
        return done
    }

    private static func systemError(_ path: String, _ what: String) -> CheckpointError {
        let reason = String(cString: strerror(errno))
        return CheckpointError(
            .io, path: path, "\(what) (\(reason)); check its disk, the space there and its permissions")
    }
}
