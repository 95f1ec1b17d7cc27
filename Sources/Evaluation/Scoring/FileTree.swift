internal import FoundationEssentials

/// Files in a folder and the folders in it, in an order that is the same on every machine.
enum FileTree {
    /// Paths relative to `folder` of files whose name ends in one of `endings`, sorted by bytes within each folder.
    ///
    /// - Throws: `missingFolder`, `unreadable`.
    static func files(below folder: String, endings: [String]) throws(EvaluationError) -> [String] {
        guard isFolder(folder) else {
            throw EvaluationError(.missingFolder, "\(folder): no such folder; check the path")
        }
        return try files(in: folder, prefix: "", endings)
    }

    private static func files(
        in folder: String, prefix: String, _ endings: [String]
    ) throws(EvaluationError) -> [String] {
        var files: [String] = []
        for name in try names(in: folder) {
            let path = "\(folder)/\(name)"
            if isFolder(path) {
                files += try self.files(in: path, prefix: "\(prefix)\(name)/", endings)
            } else if endings.contains(where: name.hasSuffix) {
                files.append(prefix + name)
            }
        }
        return files
    }

    /// Names in a folder, sorted by bytes.
    ///
    /// - Throws: `unreadable`
    static func names(in folder: String) throws(EvaluationError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        } catch {
            throw EvaluationError(.unreadable, "\(folder): cannot be listed; check its permissions", cause: error)
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }
}
