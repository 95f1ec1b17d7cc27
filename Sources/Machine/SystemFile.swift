internal import Glibc

/// Small files of `/proc` and `/sys`.
public enum SystemFile {
    /// The first 64 KiB; nil when the file cannot be read.
    public static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// A file that holds one whole number.
    public static func number(_ path: String) -> Int? {
        text(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Int($0) }
    }

    /// A value of `/proc/meminfo` in bytes.
    public static func memoryInformation(_ key: String) -> Int? { kibibytes(key, in: "/proc/meminfo").map { $0 << 10 } }

    /// The most memory this process has held at once; nil when unknown.
    public static var peakResidentBytes: Int? { kibibytes("VmHWM", in: "/proc/self/status").map { $0 << 10 } }

    /// The number in a line `key:  123 kB`.
    private static func kibibytes(_ key: String, in path: String) -> Int? {
        let line = text(path)?.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }
}
