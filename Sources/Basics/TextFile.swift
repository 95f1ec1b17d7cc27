internal import Glibc

/// A small file or its folder cannot be made; the message names it and the remedy.
public struct TextFileError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Small text files that commands leave beside their results.
public enum TextFile {
    /// nil when the file is missing or cannot be read.
    public static func read(_ path: String) -> String? {
        RegularFile.contents(of: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Replaces the file in one step: readers see the old text or the new one.
    public static func write(_ text: String, to path: String) throws(TextFileError) {
        let temporary = path + ".partial"
        let bytes = Array(text.utf8)
        guard let file = fopen(temporary, "w") else { throw failure(path) }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count, rename(temporary, path) == 0 else { throw failure(path) }
    }

    /// Makes a folder and those above it.
    public static func makeFolder(_ path: String) throws(TextFileError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part + "/"
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
        }
    }

    private static func failure(_ path: String) -> TextFileError {
        TextFileError(
            "\(path): \(String(cString: strerror(errno))); check the folder, its permissions and the space left")
    }
}
