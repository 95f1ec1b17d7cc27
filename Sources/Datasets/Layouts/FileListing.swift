internal import Basics
internal import FoundationEssentials
internal import Glibc
internal import ImageIO

/// Sorted views of folders; the order is that of the paths' bytes, the same on every machine.
package enum FileListing {
    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    package static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    /// Whether there is a file, and no folder, pipe or device.
    package static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether a name is there as a link to nothing: what it names may be a disk that is not mounted.
    package static func isDangling(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK && stat(path, &status) != 0
    }

    /// The path with all links resolved; as it is where there is no such file.
    static func absolute(_ path: String) -> String { FilePath.resolved(path) ?? path }

    /// Names in `folder`, sorted.
    ///
    /// - Parameter remedy: what the user should do when the folder is missing; ends the error message.
    /// - Throws: also for a folder or image whose name is no text, which nothing could name.
    static func names(in folder: String, remedy: String) throws(DatasetError) -> [String] {
        guard isFolder(folder) else {
            throw DatasetError(.missingFolder, "\(folder): no such folder; \(remedy)")
        }
        return try names(in: folder)
    }

    /// As above, of a folder that is there.
    package static func names(in folder: String) throws(DatasetError) -> [String] {
        guard let entries = FolderListing.entries(of: folder) else {
            let reason = " (\(String(cString: strerror(errno))))"
            throw DatasetError(.unreadable, "\(folder): cannot be listed\(reason); check its permissions")
        }
        for entry in entries where !entry.isText && !ImageFileName.isHidden(entry.name) {
            guard entry.isFolder || ImageFileName.imageStem(of: entry.name) != nil else { continue }
            throw DatasetError(.unreadable, entry.refusal(in: folder))
        }
        return entries.map(\.name)
    }
}
