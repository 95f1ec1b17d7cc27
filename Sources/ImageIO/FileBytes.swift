internal import Basics
internal import Glibc

/// Whole files in and out, with errors that name them.
package enum FileBytes {
    /// The largest file that is read whole: 2 GiB, more than any picture of the default size limit.
    static let maximumBytes = 1 << 31

    /// The content of a file.
    ///
    /// - Parameter count: reads at most so many bytes.
    package static func read(_ path: String, atMost count: Int = .max) throws(ImageError) -> [UInt8] {
        // A pipe without a writer would be waited for.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw ImageError(.unreadable, "\(path): cannot be opened: \(reason())") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ImageError(.unreadable, "\(path): is not a file; give the path of one")
        }
        let size = min(Int(status.st_size), count)
        guard size <= maximumBytes else {
            throw ImageError(.tooLarge, "\(path): has \(size) bytes, too many for an image; give another file")
        }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            while initialized < size {
                let got = Glibc.read(file, buffer.baseAddress.map { $0 + initialized }, size - initialized)
                if got < 0 && errno == EINTR { continue }
                failed = got < 0
                guard got > 0 else { return }
                initialized += got
            }
        }
        guard !failed else { throw ImageError(.unreadable, "\(path): cannot be read: \(reason())") }
        return bytes
    }

    /// How many bytes a file has.
    package static func size(_ path: String) throws(ImageError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw ImageError(.unreadable, "\(path): cannot be opened: \(reason())") }
        return Int(status.st_size)
    }

    /// A part of a file.
    ///
    /// - Throws: also where the file is shorter.
    package static func read(_ path: String, range: Range<Int>) throws(ImageError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw ImageError(.unreadable, "\(path): cannot be opened: \(reason())") }
        defer { close(file) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
            while initialized < range.count {
                let got = pread(
                    file, buffer.baseAddress.map { $0 + initialized }, range.count - initialized,
                    range.lowerBound + initialized)
                if got < 0 && errno == EINTR { continue }
                failed = got < 0
                guard got > 0 else { return }
                initialized += got
            }
        }
        guard !failed else { throw ImageError(.unreadable, "\(path): cannot be read: \(reason())") }
        guard bytes.count == range.count else {
            throw ImageError(.truncated, "\(path): the file ends early; copy or download it again")
        }
        return bytes
    }

    /// Writes a file under a temporary name and renames it, so that a file is whole or absent.
    package static func write(_ bytes: [UInt8], to path: String) throws(ImageError) {
        let temporary = temporaryPath(path)
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw cannotWrite(path) }
        var written = 0
        bytes.withUnsafeBytes { buffer in
            while written < buffer.count {
                let count = Glibc.write(file, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                written += count
            }
        }
        let isWhole = written == bytes.count
        guard isWhole, close(file) == 0, rename(temporary, path) == 0 else {
            let error = cannotWrite(path)
            if !isWhole { close(file) }
            unlink(temporary)
            throw error
        }
    }

    /// Beside the file; of a long name as much as leaves room for what is added.
    private static func temporaryPath(_ path: String) -> String {
        let (name, ending) = (FilePath.name(of: path), ".part-\(getpid())")
        guard name.utf8.count + ending.utf8.count > mostNameBytes else { return path + ending }
        let short = ".\(FNV1a(name.utf8).digits)\(ending)"
        return path.contains("/") ? "\(FilePath.folder(of: path))/\(short)" : short
    }

    /// What file systems allow.
    private static let mostNameBytes = 255

    private static func cannotWrite(_ path: String) -> ImageError {
        let remedy =
            errno == ENOSPC ? "the disk is full; free some space" : "check that the folder exists and is writable"
        return ImageError(.cannotWrite, "\(path): cannot be written: \(reason()); \(remedy)")
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
