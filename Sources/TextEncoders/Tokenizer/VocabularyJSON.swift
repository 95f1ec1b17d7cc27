internal import FoundationEssentials

/// Reads `vocab.json`.
enum VocabularyJSON {
    /// Ids by token.
    static func ids(_ path: String) throws(VocabularyError) -> [String: Int32] {
        let bytes = try VocabularyFile.bytes(path)
        let ids: [String: Int32]
        do {
            ids = try JSONDecoder().decode([String: Int32].self, from: Data(bytes))
        } catch {
            throw VocabularyError(
                .malformed, file: path, "is not a JSON object of tokens and their ids; take CLIP's vocab.json")
        }
        guard ids.values.allSatisfy({ $0 >= 0 }) else {
            throw VocabularyError(.malformed, file: path, "has a negative id; ids count from 0")
        }
        return ids
    }
}
