internal import Glibc

/// Small text files that commands leave beside their results.
enum TextFile {
    /// nil when the file is missing or cannot be read.
    static func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Replaces the file in one step: readers see the old text or the new one.
    static func write(_ text: String, to path: String) throws(CommandError) {
        let temporary = path + ".partial"
        let bytes = Array(text.utf8)
        guard let file = fopen(temporary, "w") else { throw failure(path) }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count, rename(temporary, path) == 0 else { throw failure(path) }
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String) throws(CommandError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part + "/"
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
        }
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError("\(path): \(String(cString: strerror(errno))); check the folder, its permissions and the space left")
    }
}
