import Glibc

/// An open file for reading at any place; closed when it goes.
struct ReadableFile: ~Copyable, Sendable {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    init(_ path: String) throws(WeightsError) {
        // A pipe of that name would not be opened before somebody writes into it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ioError(path, "cannot be opened", "check the path and its permissions") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw WeightsError(.io, file: path, "is not a regular file; name a file of weights")
        }
        self.path = path
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Fills `buffer` from byte `offset` of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(WeightsError) {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ioError(path, "cannot be read", "check the disk") }
            guard count > 0 else {
                throw WeightsError(.malformed, file: path, "ended while it was read; do not change it meanwhile")
            }
            done += count
        }
    }
}

/// A file that appears under its name only when it is whole: written beside it, flushed, then renamed.
struct AtomicFile: ~Copyable {
    let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isCommitted = false

    init(_ path: String) throws(WeightsError) {
        self.path = path
        temporaryPath = "\(path).\(getpid()).partial"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ioError(path, "cannot be created", "check that its folder exists and may be written")
        }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(temporaryPath) }
    }

    mutating func write(_ buffer: UnsafeRawBufferPointer) throws(WeightsError) {
        var done = 0
        while done < buffer.count {
            let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ioError(path, "cannot be written", "free space on its disk") }
            done += count
        }
    }

    /// Overwrites bytes that were written before.
    mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(WeightsError) {
        let count = pwrite(descriptor, bytes, bytes.count, off_t(offset))
        guard count == bytes.count else { throw ioError(path, "cannot be written", "free space on its disk") }
    }

    /// Flushes to the disk and gives the file its name.
    mutating func commit() throws(WeightsError) {
        guard fsync(descriptor) == 0 else { throw ioError(path, "cannot be flushed", "free space on its disk") }
        guard rename(temporaryPath, path) == 0 else {
            throw ioError(path, "cannot be renamed into place", "check that no folder has this name")
        }
        isCommitted = true
    }
}

/// A failure of the system call that ran last.
private func ioError(_ path: String, _ what: String, _ remedy: String) -> WeightsError {
    WeightsError(.io, file: path, "\(what) (\(String(cString: strerror(errno)))); \(remedy)")
}
