internal import Glibc

/// A name in a folder, as bytes: most are text in UTF-8, and need not be.
public struct FolderEntry: Sendable {
    /// The name, or where it is no UTF-8, the name with the bytes that are none as `\xE9`.
    public let name: String
    /// Whether `name` opens the file.
    public let isText: Bool
    /// Whether it is a folder, or a link to one; asked for only where the name is no text.
    public let isFolder: Bool

    fileprivate init(_ bytes: UnsafePointer<CChar>, in folder: Int32) {
        if let text = String(validatingCString: bytes) {
            (name, isText, isFolder) = (text, true, false)
            return
        }
        let all = UnsafeBufferPointer(start: bytes, count: strlen(bytes)).map { UInt8(bitPattern: $0) }
        name = all.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16, uppercase: true) }
            .joined()
        var status = stat()
        isText = false
        isFolder = fstatat(folder, bytes, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Why the file of a name that is no text cannot be used.
    ///
    /// - Parameter folder: that it lies in.
    public func refusal(in folder: String) -> String {
        "\(folder)/\(name): its name is no UTF-8: the bytes written as \\x are of another encoding, such as Latin-1, and would "
            + "name no file in lists, logs and predictions; rename it, as by `convmv -f latin1 -t utf8 -r --notest \(folder)`"
    }
}

/// Names in folders, in the order of their bytes, the same on every machine.
public enum FolderListing {
    /// What lies in a folder, sorted; nil where it cannot be listed, for the reason in `errno`.
    public static func entries(of folder: String) -> [FolderEntry]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var entries: [FolderEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let found = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { FolderEntry($0, in: dirfd(stream)) }
            }
            if found.name != "." && found.name != ".." { entries.append(found) }
        }
        guard errno == 0 else { return nil }
        return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}
