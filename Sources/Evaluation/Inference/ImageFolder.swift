public import Datasets
internal import ImageIO

/// The PNG and JPEG images below a folder, to be predicted.
public struct ImageFolder: Sendable {
    public let path: String
    /// Paths below the folder, sorted, so that an index means the same image on every rank.
    public let files: [String]
    /// Files in it that are no images.
    public let passedOver: PassedOverFiles

    /// - Throws: `missingFolder`, `emptyFolder`, `unreadable`, or `duplicateName` where two images of one folder differ
    ///   in their endings only, so that their predictions would have one name.
    public init(_ path: String) throws(EvaluationError) {
        self.path = path
        let tree = try FileTree(path) { ImageFileName.imageStem(of: $0) != nil }
        files = tree.files
        passedOver = tree.passedOver
        guard !files.isEmpty else {
            let others = passedOver.notice(of: path).map { " (\($0))" } ?? ""
            throw EvaluationError(
                .emptyFolder,
                "\(path): holds no PNG or JPEG images, which end in \(ImageFileName.endingsInWords)\(others); check "
                    + "the folder")
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
