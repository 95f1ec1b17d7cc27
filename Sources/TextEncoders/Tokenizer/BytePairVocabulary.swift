/// Token ids and ranked merges of a byte-level byte-pair encoding whose words end in `</w>` (arXiv:1508.07909).
public struct BytePairVocabulary: Sendable {
    /// Marks the last symbol of a word.
    static let endOfWord = "</w>"
    static let startOfTextToken = "<|startoftext|>"
    static let endOfTextToken = "<|endoftext|>"

    /// What a pair of neighbouring symbols becomes.
    struct Merge: Equatable {
        /// Lower ones go first.
        let rank: Int32
        let id: Int32
    }

    /// Number of tokens.
    public let tokenCount: Int
    public let startOfText: Int32
    public let endOfText: Int32
    /// Id of each byte inside a word. Bytes without a token have that of end-of-text, which stands for all unknown
    /// symbols, as transformers has it.
    let byteIDs: [Int32]
    /// Id of each byte at the end of a word.
    let finalByteIDs: [Int32]
    private let merges: [Int64: Merge]

    /// - Parameters:
    ///   - ids: of every token.
    ///   - pairs: merges by rank.
    ///   - added: tokens that no merge makes, beside the two that every vocabulary has.
    ///   - file: for messages about tokens.
    init(
        ids: [String: Int32], pairs: [(left: String, right: String)], added: Set<String> = [], file: String,
        mergesFile: String
    ) throws(VocabularyError) {
        try MergeCheck(ids: ids, added: added, file: file, mergesFile: mergesFile).check(pairs)
        func special(_ token: String) throws(VocabularyError) -> Int32 {
            guard let id = ids[token] else {
                throw VocabularyError(
                    .missingToken, file: file, "has no token \(token); take the vocabulary of a CLIP tokenizer")
            }
            return id
        }
        tokenCount = ids.count
        startOfText = try special(Self.startOfTextToken)
        let unknown = try special(Self.endOfTextToken)
        endOfText = unknown
        byteIDs = ByteSymbols.symbols.map { ids[String($0)] ?? unknown }
        finalByteIDs = ByteSymbols.symbols.map { ids[String($0) + Self.endOfWord] ?? unknown }
        var merges: [Int64: Merge] = [:]
        merges.reserveCapacity(pairs.count)
        for (rank, pair) in pairs.enumerated() {
            guard let left = ids[pair.left], let right = ids[pair.right], let merged = ids[pair.left + pair.right]
            else {
                throw VocabularyError(
                    .missingToken, file: mergesFile,
                    "merge \(rank + 1) is '\(pair.left) \(pair.right)', of which a part or the result has no id in "
                        + "\(file); take both files from one release")
            }
            merges[Self.key(left, right)] = Merge(rank: Int32(rank), id: merged)
        }
        self.merges = merges
    }

    /// What two neighbouring symbols become; nil where they stay apart.
    func merge(_ left: Int32, _ right: Int32) -> Merge? { merges[Self.key(left, right)] }

    private static func key(_ left: Int32, _ right: Int32) -> Int64 { Int64(left) << 32 | Int64(right) }
}

// MARK: - Files

extension BytePairVocabulary {
    /// Tokens of CLIP's published vocabulary.
    public static let publishedTokenCount = 49_408

    /// Reads OpenAI's `bpe_simple_vocab_16e6.txt.gz`: a line of header, then one merge a line, of which CLIP uses the
    /// first 48894. Ids follow from the order: 256 bytes, the same at the end of a word, the merges, the two special
    /// tokens.
    ///
    /// - Parameter tokenCount: of the vocabulary, which the file does not tell; it may have more merges than that
    ///   takes.
    /// - Throws: `VocabularyError`, also where the file has fewer.
    /// - Precondition: `tokenCount` is larger than `fewestTokens`.
    public static func openAI(
        _ path: String, tokenCount: Int = publishedTokenCount
    ) throws(VocabularyError) -> BytePairVocabulary {
        precondition(tokenCount > fewestTokens, "BytePairVocabulary: \(tokenCount) tokens leave none for merges")
        let used = tokenCount - fewestTokens
        let lines = VocabularyFile.lines(try VocabularyFile.text(path)).dropFirst()
        let pairs = try pairs(lines.prefix(used), "line", firstNumber: 2, path)
        guard pairs.count == used else {
            throw VocabularyError(
                .malformed, file: path,
                "has \(pairs.count) merges, a vocabulary of \(tokenCount) tokens takes \(used): the file is cut; copy "
                    + "it again, or give the size of its vocabulary")
        }
        let symbols = ByteSymbols.ordered.map { String(ByteSymbols.symbols[Int($0)]) }
        let tokens = symbols + symbols.map { $0 + endOfWord } + pairs.map { $0.left + $0.right }
            + [startOfTextToken, endOfTextToken]
        var ids: [String: Int32] = [:]
        for (id, token) in tokens.enumerated() { ids[token] = Int32(id) }
        return try BytePairVocabulary(ids: ids, pairs: pairs, file: path, mergesFile: path)
    }

    /// Reads the pair of files that transformers uses: `vocab.json`, an object of token to id, and `merges.txt`, a
    /// line of header and one merge a line.
    public static func huggingFace(vocab: String, merges: String) throws(VocabularyError) -> BytePairVocabulary {
        let lines = VocabularyFile.lines(try VocabularyFile.text(merges))
        let header = lines.first?.hasPrefix("#version") == true ? 1 : 0
        let pairs = try pairs(lines.dropFirst(header), "line", firstNumber: header + 1, merges)
        return try BytePairVocabulary(
            ids: try VocabularyJSON.ids(vocab), pairs: pairs, file: vocab, mergesFile: merges)
    }

    /// Reads `tokenizer.json`, which holds both; the only form that transformers saves since version 5.
    public static func tokenizer(_ path: String) throws(VocabularyError) -> BytePairVocabulary {
        let file = try VocabularyJSON.tokenizer(path)
        let pairs = try pairs(file.merges[...], "merge", firstNumber: 1, path)
        return try BytePairVocabulary(
            ids: file.ids, pairs: pairs, added: file.added, file: path, mergesFile: path)
    }

    /// Bytes, bytes at the end of a word, and the two special tokens.
    public static let fewestTokens = 2 * 256 + 2

    private static func pairs(
        _ lines: ArraySlice<Substring>, _ unit: String, firstNumber: Int, _ path: String
    ) throws(VocabularyError) -> [(left: String, right: String)] {
        var result: [(left: String, right: String)] = []
        result.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            let parts = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw VocabularyError(
                    .malformed, file: path,
                    "\(unit) \(firstNumber + index) is not two symbols with a blank between them; "
                        + "take a list of merges")
            }
            result.append((String(Substring(parts[0])), String(Substring(parts[1]))))
        }
        return result
    }
}
