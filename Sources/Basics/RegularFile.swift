internal import Glibc

/// Why a file cannot be read, in words that follow its path: `is a pipe, not a file`, `No such file or directory`.
public struct FileReadError: Error, Equatable, CustomStringConvertible {
    public let description: String
    /// Whether there is nothing of that name.
    public let isMissing: Bool
    /// Whether it has more bytes than are read.
    public let isTooLarge: Bool

    init(_ description: String, isMissing: Bool = false, isTooLarge: Bool = false) {
        self.description = description
        self.isMissing = isMissing
        self.isTooLarge = isTooLarge
    }
}

/// Files that somebody names as an input.
///
/// A pipe without a writer would be waited for, and a device may never end: neither is read, and each is named.
public enum RegularFile {
    /// More than any text that is read whole.
    public static let largestBytes = 1 << 31

    /// The content of a file.
    ///
    /// - Parameter limit: bytes; a larger file is refused before it is read.
    public static func bytes(
        of path: String, atMost limit: Int = largestBytes
    ) throws(FileReadError) -> [UInt8] {
        let file = try open(path)
        defer { close(file) }
        // Some files of the system say that they are empty: what counts is what is read.
        var bytes = [UInt8](repeating: 0, count: min(limit, max(0, try size(of: file))) + 1)
        var count = 0
        while true {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure() }
            guard got > 0 else { break }
            count += got
            guard count <= limit else { throw FileReadError("has more than \(limit) bytes", isTooLarge: true) }
            if count == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// The content of a file; nil where it cannot be read, or is none.
    public static func contents(of path: String) -> [UInt8]? { try? bytes(of: path) }

    /// Throws where a path names no file whose bytes can be read.
    public static func require(_ path: String) throws(FileReadError) {
        close(try open(path))
    }

    private static func open(_ path: String) throws(FileReadError) -> Int32 {
        guard !path.utf8.contains(0) else { throw FileReadError("has a byte of 0 in its name") }
        // A pipe is opened at once, and known as one.
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw failure() }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            defer { close(file) }
            throw failure()
        }
        guard let kind = kind(status.st_mode) else { return file }
        close(file)
        throw FileReadError("is \(kind), not a file")
    }

    /// nil for a file.
    private static func kind(_ mode: mode_t) -> String? {
        switch mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        case S_IFIFO: "a pipe"
        case S_IFCHR, S_IFBLK: "a device"
        default: "a socket"
        }
    }

    private static func size(of file: Int32) throws(FileReadError) -> Int {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure() }
        return Int(status.st_size)
    }

    private static func failure() -> FileReadError {
        let code = errno
        // What nobody listens to.
        if code == ENXIO { return FileReadError("is a socket or a device, not a file") }
        return FileReadError(String(cString: strerror(code)), isMissing: code == ENOENT)
    }
}
