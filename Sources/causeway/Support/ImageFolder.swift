internal import Glibc

/// The images directly in a folder, sorted by name.
struct ImageFolder {
    struct File {
        /// Without folder and ending.
        let name: String
        let path: String
    }

    let files: [File]

    private static let endings = [".png", ".jpg", ".jpeg"]

    /// - Throws: when the folder is missing, holds no images, or two that would be written under one name.
    init(_ folder: String) throws(CommandError) {
        guard let stream = opendir(folder) else {
            throw CommandError("\(folder): \(String(cString: strerror(errno))); give a folder of PNG or JPEG images")
        }
        defer { closedir(stream) }
        var files: [File] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let ending = Self.endings.first(where: { name.lowercased().hasSuffix($0) }) else { continue }
            files.append(File(name: String(name.dropLast(ending.count)), path: "\(folder)/\(name)"))
        }
        self.files = files.sorted { $0.path < $1.path }
        guard !files.isEmpty else { throw CommandError("\(folder): holds no PNG or JPEG image; check the folder") }
        for (file, next) in zip(self.files, self.files.dropFirst()) where file.name == next.name {
            throw CommandError("\(file.path) and \(next.path) would be written under one name; rename one")
        }
    }
}
