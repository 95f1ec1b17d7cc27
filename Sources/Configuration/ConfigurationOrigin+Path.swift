internal import Glibc

extension ConfigurationOrigin {
    /// What the path of a file means that was written here.
    ///
    /// One that begins with `./` or `../` starts at the folder of the setting that says so, as in `extends`, and on the
    /// command line at the working folder. It becomes absolute, so that a run's `resolved.yaml`, which lies elsewhere,
    /// means the same file. Any other path stays as it is.
    func path(_ text: String) -> String {
        guard text.hasPrefix("./") || text.hasPrefix("../") else { return text }
        var start = Self.workingFolder
        if case .file(let file, _) = self, let slash = file.lastIndex(of: "/") {
            start = (file.hasPrefix("/") ? "" : start + "/") + file[..<slash]
        }
        return Self.normalized(start + "/" + text)
    }

    /// Empty when it has been removed.
    private static var workingFolder: String {
        guard let folder = getcwd(nil, 0) else { return "" }
        defer { free(folder) }
        return String(cString: folder)
    }

    /// An absolute path without `.` and `..`.
    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
