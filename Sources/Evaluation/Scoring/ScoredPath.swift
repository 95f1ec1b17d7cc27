internal import Datasets

/// What a command that scores files was given, where it may have been meant for another one.
enum ScoredPath {
    /// - Throws: `missingFolder` for a file or nothing, saying who scores the file.
    static func requireFolder(_ path: String) throws(EvaluationError) {
        guard !FileListing.isFolder(path) else { return }
        guard FileListing.exists(path) else {
            throw EvaluationError(.missingFolder, "\(path): no such folder; check the path")
        }
        let remedy =
            path.lowercased().hasSuffix(".json")
            ? "panoptic files are scored by `causeway score panoptic`, COCO's instances by `causeway score instance "
                + "--protocol coco`"
            : "give the folder that holds it"
        throw EvaluationError(.missingFolder, "\(path): is a file, where a folder is expected; \(remedy)")
    }

    /// - Parameters:
    ///   - what: is expected, such as "a panoptic JSON".
    ///   - folders: what to do with a folder.
    /// - Throws: `unreadable` for a folder, naming the JSON file beside it where there is one.
    static func refuseFolder(_ path: String, _ what: String, folders: String) throws(EvaluationError) {
        guard FileListing.isFolder(path) else { return }
        let beside = "\(path.hasSuffix("/") ? String(path.dropLast()) : path).json"
        let remedy = FileListing.exists(beside) ? "give \(beside)" : folders
        throw EvaluationError(.unreadable, "\(path): is a folder, where \(what) is expected; \(remedy)")
    }
}
