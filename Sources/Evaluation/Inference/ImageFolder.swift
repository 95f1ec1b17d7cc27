internal import Basics
public import Datasets
internal import ImageIO

/// The PNG and JPEG images below a folder, or a single one, to be predicted.
public struct ImageFolder: Sendable {
    /// The folder; of a single image, that which it lies in.
    public let path: String
    /// Paths below the folder, sorted, so that an index means the same image on every rank.
    public let files: [String]
    /// Files in it that are no images.
    public let passedOver: PassedOverFiles
    /// All folders that were looked into, with links resolved; none where a single image was given.
    public let folders: [String]

    /// - Parameter path: of a folder, or of an image.
    /// - Throws: `missingFolder`, `emptyFolder`, `unreadable`, or `duplicateName` where two images of one folder differ
    ///   in their endings only, so that their predictions would have one name.
    public init(_ path: String) throws(EvaluationError) {
        if FileListing.isFile(path) {
            (self.path, files) = try Self.single(path)
            (passedOver, folders) = (PassedOverFiles(), [])
            return
        }
        guard FileListing.isFolder(path) else {
            throw EvaluationError(.missingFolder, "\(path): no such folder or image; check the path")
        }
        self.path = path
        let tree = try FileTree(path) { ImageFileName.imageStem(of: $0) != nil }
        files = tree.files
        passedOver = tree.passedOver
        folders = tree.folders
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

    /// The folder and the name of a single image.
    private static func single(_ image: String) throws(EvaluationError) -> (String, [String]) {
        let name = FilePath.name(of: image)
        guard ImageFileName.imageStem(of: name) != nil else {
            throw EvaluationError(
                .emptyFolder,
                "\(image): is a file, and no image by its name, which ends in \(ImageFileName.endingsInWords); give an image or "
                    + "a folder of images")
        }
        return (FilePath.folder(of: image), [name])
    }

    /// A file's path without its ending.
    static func stem(of file: String) -> String {
        file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    }
}
