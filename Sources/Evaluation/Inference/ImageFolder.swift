/// The PNG and JPEG images below a folder, to be predicted.
public struct ImageFolder: Sendable {
    public let path: String
    /// Paths below the folder, sorted, so that an index means the same image on every rank.
    public let files: [String]

    /// - Throws: `missingFolder`, `emptyFolder`, `unreadable`, or `duplicateName` where two images differ in their
    ///   endings only, so that their predictions would have one name.
    public init(_ path: String) throws(EvaluationError) {
        self.path = path
        files = try FileTree.files(below: path, endings: [".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"])
        guard !files.isEmpty else {
            throw EvaluationError(.emptyFolder, "\(path): holds no PNG or JPEG images; check the folder")
        }
        var seen: [String: String] = [:]
        for file in files {
            if let other = seen.updateValue(file, forKey: Self.stem(of: file)) {
                throw EvaluationError(
                    .duplicateName,
                    "\(path): predictions of \(other) and \(file) would have one name; rename one of the two")
            }
        }
    }

    /// A file's path without its ending.
    static func stem(of file: String) -> String {
        file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    }
}
