internal import Training

/// `toytown.json` in a folder of generated scenes: what it was made with, and whether it was finished.
struct ToytownManifest {
    let folder: String
    let parameters: [(String, JSONValue)]

    private var path: String { folder + "/toytown.json" }

    /// Whether the folder holds all scenes of these parameters.
    ///
    /// - Throws: when it was made with other ones.
    func isComplete() throws(CommandError) -> Bool {
        guard let text = TextFile.read(path) else { return false }
        if text == document(isComplete: true) { return true }
        guard text == document(isComplete: false) else {
            throw CommandError(
                "\(path): the folder holds scenes made with other options; give another --out, or remove the folder")
        }
        return false
    }

    func record(isComplete: Bool) throws(CommandError) {
        try TextFile.makeFolder(folder)
        try TextFile.write(document(isComplete: isComplete), to: path)
    }

    private func document(isComplete: Bool) -> String {
        JSONValue.object(parameters + [("isComplete", .bool(isComplete))]).text + "\n"
    }
}
