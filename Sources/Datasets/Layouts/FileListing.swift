internal import FoundationEssentials

/// Sorted views of folders; the order is that of the paths' bytes, the same on every machine.
enum FileListing {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    /// Names in `folder`, sorted.
    ///
    /// - Parameter remedy: what the user should do when the folder is missing; ends the error message.
    static func names(in folder: String, remedy: String) throws(DatasetError) -> [String] {
        guard isFolder(folder) else {
            throw DatasetError(.missingFolder, "\(folder): no such folder; \(remedy)")
        }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        } catch {
            throw DatasetError(.unreadable, "\(folder): cannot be listed; check its permissions", cause: error)
        }
    }

    /// `name` without the first of `suffixes` it ends in, or `nil` if it ends in none.
    static func stem(of name: String, suffixes: [String]) -> String? {
        suffixes.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
    }
}
