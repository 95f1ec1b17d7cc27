public import Basics

/// `toytown.json` in a folder of generated scenes: what it was made with, and whether it was finished.
public struct ToytownManifest {
    public let folder: String
    /// What the files depend on.
    public let parameters: [(String, JSONValue)]

    public init(folder: String, parameters: [(String, JSONValue)]) {
        self.folder = folder
        self.parameters = parameters
    }

    private var path: String { folder + "/toytown.json" }

    /// Whether the folder holds all scenes of these parameters.
    ///
    /// - Throws: when it was made with other ones.
    public func isComplete() throws(TextFileError) -> Bool {
        guard let text = TextFile.read(path) else { return false }
        if text == document(isComplete: true) { return true }
        guard text == document(isComplete: false) else {
            throw TextFileError(
                "\(path): the folder holds scenes made with other options; give another --out, or remove the folder")
        }
        return false
    }

    public func record(isComplete: Bool) throws(TextFileError) {
        try TextFile.makeFolder(folder)
        try TextFile.write(document(isComplete: isComplete), to: path)
    }

    private func document(isComplete: Bool) -> String {
        JSONValue.object(parameters + [("isComplete", .bool(isComplete))]).text + "\n"
    }
}
