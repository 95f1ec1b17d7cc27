/// Whether a list of merges is the whole list of a vocabulary.
///
/// Every token but single symbols and special ones comes of one merge. Without it a text has other ids, and nothing
/// else would show that the file was cut.
struct MergeCheck {
    let ids: [String: Int32]
    /// Tokens that no merge makes.
    let added: Set<String>
    let file: String
    let mergesFile: String

    func check(_ pairs: [(left: String, right: String)]) throws(VocabularyError) {
        try checkIDs()
        var products: Set<String> = []
        var seen: Set<[String]> = []
        for (index, pair) in pairs.enumerated() {
            guard seen.insert([pair.left, pair.right]).inserted else {
                throw VocabularyError(
                    .malformed, file: mergesFile,
                    "merge \(index + 1), '\(pair.left) \(pair.right)', stands there twice; copy the file again")
            }
            products.insert(pair.left + pair.right)
        }
        let orphans = ids.keys.filter { !products.contains($0) && isMerged($0) }
        guard let first = orphans.min(by: { (ids[$0] ?? 0, $0) < (ids[$1] ?? 0, $1) }) else { return }
        throw VocabularyError(
            .malformed, file: mergesFile,
            "has \(pairs.count) merges, of which none makes \(orphans.count) of the \(ids.count) tokens in "
                + "\(file), as '\(first)': the list is cut or of another release; copy it again")
    }

    private func checkIDs() throws(VocabularyError) {
        var tokens: [Int32: String] = [:]
        for (token, id) in ids.sorted(by: { $0.key < $1.key }) {
            if let other = tokens.updateValue(token, forKey: id) {
                throw VocabularyError(
                    .malformed, file: file, "gives '\(other)' and '\(token)' the same id \(id); copy the file again")
            }
        }
    }

    /// Whether a token has several symbols, and does not look like a special one: `<pad>`, `[PAD]`.
    private func isMerged(_ token: String) -> Bool {
        let isFinal = token.hasSuffix(BytePairVocabulary.endOfWord)
        let symbols = isFinal ? token.dropLast(BytePairVocabulary.endOfWord.count) : token[...]
        guard symbols.unicodeScalars.count > 1, !added.contains(token) else { return false }
        let isSpecial = token.hasPrefix("<") && token.hasSuffix(">") || token.hasPrefix("[") && token.hasSuffix("]")
        return isFinal || !isSpecial
    }
}
