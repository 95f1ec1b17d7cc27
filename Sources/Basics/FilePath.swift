internal import Glibc

/// Paths as text, after the rules of POSIX: bytes between slashes. But for `resolved` nothing is looked for on the
/// disk.
public enum FilePath {
    private static let slash = UInt8(ascii: "/")

    /// The folder that a file or folder lies in: `a/b` of `a/b/c` and of `a/b/c/`, `/` of `/c`, `.` of `c`.
    public static func folder(of path: String) -> String {
        let path = withoutLastSlashes(path)
        guard let last = path.utf8.lastIndex(of: slash) else { return "." }
        return last == path.startIndex ? "/" : withoutLastSlashes(String(path[..<last]))
    }

    /// The last part: `c` of `a/b/c` and of `a/b/c/`.
    public static func name(of path: String) -> String {
        let path = withoutLastSlashes(path)
        return path.utf8.lastIndex(of: slash).map { String(path[path.utf8.index(after: $0)...]) } ?? path
    }

    /// A path that is told from a file's folder, such as a name beside it; an absolute one stays.
    public static func beside(_ file: String, _ path: String) -> String {
        guard !path.hasPrefix("/"), file.contains("/") else { return path }
        let folder = folder(of: file)
        return folder == "/" ? "/" + path : "\(folder)/\(path)"
    }

    /// The path from the root, without `.` and `..`.
    ///
    /// - Parameter folder: that a relative path starts in; the working folder, unless it is absolute itself.
    public static func absolute(_ path: String, in folder: String = "") -> String {
        if path.hasPrefix("/") { return normalized(path) }
        return normalized((folder.hasPrefix("/") ? "" : workingFolder + "/") + folder + "/" + path)
    }

    /// One path for a file however it is reached: absolute, with all links followed; nil where there is no such file.
    public static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Empty when it has been removed.
    private static var workingFolder: String {
        guard let folder = getcwd(nil, 0) else { return "" }
        defer { free(folder) }
        return String(cString: folder)
    }

    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.utf8.split(separator: slash).map(Substring.init) where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static func withoutLastSlashes(_ path: String) -> String {
        let last = path.utf8.lastIndex { $0 != slash } ?? path.startIndex
        return path.isEmpty ? "" : String(path[...last])
    }
}
