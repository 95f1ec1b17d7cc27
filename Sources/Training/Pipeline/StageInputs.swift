internal import Basics
internal import Collectives
internal import FoundationEssentials
internal import WeightFiles

/// What a stage was begun with: when the pipeline goes on, a stage must not mix what came from other weights or labels.
struct StageInputs: Equatable {
    /// Name and digest of each, in order.
    let facts: [String]
    private static let fileName = "inputs.txt"

    /// - Parameters:
    ///   - files: that a stage before left, by what they are to this one.
    ///   - values: what else it depends on.
    /// - Throws: `RunError` where a stage before has not ended.
    init(files: [(name: String, path: String)], values: [String] = []) throws(RunError) {
        var facts: [String] = []
        for file in files {
            guard let digest = Self.digest(file.path) else {
                throw .output(
                    "\(file.path): is missing, the \(file.name); run the stages before this one (the pipeline without --stage)")
            }
            facts.append("\(file.name) \(digest)")
        }
        self.facts = facts + values
    }

    /// Of weights what they are, whatever setting their file was written with; nil where the file cannot be read.
    private static func digest(_ path: String) -> String? {
        guard path.hasSuffix(".safetensors") else { return RankFacts.contentDigest(path) }
        return try? SafeTensorsFile(path).tensorDigest()
    }

    /// Whether a stage was begun in a folder.
    static func areClaimed(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(fileName)")
    }

    private var text: String { facts.map { "\($0)\n" }.joined() }

    /// Remembers them in the stage's folder; or finds them there, and that they are the same. By one rank.
    ///
    /// - Throws: `RunError` where the stage was begun with others.
    func claim(_ folder: String) throws {
        let path = "\(folder)/\(Self.fileName)"
        if let found = RegularFile.contents(of: path) {
            guard String(decoding: found, as: UTF8.self) == text else {
                throw RunError.output(
                    "\(folder): was begun with other \(facts.isEmpty ? "inputs" : "weights or labels") of the stages before it "
                        + "than there are now (\(path)); remove the folder to have the stage done anew")
            }
            return
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw RunError.output("\(path): cannot be written; check the folder's permissions and the disk's free space")
        }
    }
}
