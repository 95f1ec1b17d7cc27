internal import FoundationEssentials

/// Reads the JSON files of a vocabulary.
enum VocabularyJSON {
    /// Ids by token from `vocab.json`.
    static func ids(_ path: String) throws(VocabularyError) -> [String: Int32] {
        try checked(try decoded([String: Int32].self, path, "a JSON object of tokens and their ids"), path)
    }

    /// Ids by token, merges by rank, and the tokens added to the vocabulary, from `tokenizer.json`.
    static func tokenizer(
        _ path: String
    ) throws(VocabularyError) -> (ids: [String: Int32], merges: [Substring], added: Set<String>) {
        let file = try decoded(TokenizerFile.self, path, "a tokenizer.json with a vocabulary and merges")
        var ids = file.model.vocab
        let added = file.added_tokens ?? []
        for token in added { ids[token.content] = token.id }
        return (try checked(ids, path), file.model.merges, Set(added.map(\.content)))
    }

    private static func decoded<Value: Decodable>(
        _ type: Value.Type, _ path: String, _ what: String
    ) throws(VocabularyError) -> Value {
        let bytes = try VocabularyFile.bytes(path)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw VocabularyError(.malformed, file: path, "is not \(what); take the file of a CLIP tokenizer")
        }
    }

    private static func checked(_ ids: [String: Int32], _ path: String) throws(VocabularyError) -> [String: Int32] {
        guard ids.values.allSatisfy({ $0 >= 0 }) else {
            throw VocabularyError(.malformed, file: path, "has a negative id; ids count from 0")
        }
        return ids
    }
}

/// The parts of `tokenizer.json` that a byte-level byte-pair encoding needs, named as in the file.
private struct TokenizerFile: Decodable {
    let model: Model
    let added_tokens: [AddedToken]?

    struct Model: Decodable {
        let vocab: [String: Int32]
        /// Two symbols with a blank between them.
        let merges: [Substring]

        private enum Key: CodingKey { case vocab, merges }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            vocab = try values.decode([String: Int32].self, forKey: .vocab)
            do {
                // Since tokenizers 0.20.
                merges = try values.decode([[String]].self, forKey: .merges)
                    .map { Substring($0.joined(separator: " ")) }
            } catch DecodingError.typeMismatch {
                merges = try values.decode([String].self, forKey: .merges).map { Substring($0) }
            }
        }
    }

    struct AddedToken: Decodable {
        let id: Int32
        let content: String
    }
}
