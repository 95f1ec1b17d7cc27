internal import Basics
internal import FoundationEssentials
internal import Glibc

/// Sorted views of folders; the order is that of the paths' bytes, the same on every machine.
package enum FileListing {
    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    package static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    /// Whether a name is there as a link to nothing: what it names may be a disk that is not mounted.
    package static func isDangling(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK && stat(path, &status) != 0
    }

    /// The path with all links resolved; as it is where there is no such file.
    static func absolute(_ path: String) -> String { FilePath.resolved(path) ?? path }

    /// The folders that a walk is in when it enters one, with all links resolved; nil where it is in that one already:
    /// a link leads back, and the same files would come again and again.
    ///
    /// - Parameter path: the folders on the way to `folder`, as this function gave them.
    package static func entering(_ folder: String, on path: Set<String> = []) -> Set<String>? {
        let entered = path.union([absolute(folder)])
        return entered.count > path.count ? entered : nil
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
            let reason = access(folder, R_OK | X_OK) == 0 ? "" : " (\(String(cString: strerror(errno))))"
            throw DatasetError(.unreadable, "\(folder): cannot be listed\(reason); check its permissions")
        }
    }
}
