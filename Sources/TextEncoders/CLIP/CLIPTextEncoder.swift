internal import TensorEngine

/// Tokenizer and tower together: texts to vectors.
public struct CLIPTextEncoder {
    /// Texts that go through the tower together.
    private static let batch = 64

    private var tokenizer: CLIPTokenizer
    private let tower: CLIPTextTower

    /// - Throws: `TokenError` where the tower has no projection or fewer tokens than the vocabulary.
    public init(_ tokenizer: CLIPTokenizer, _ tower: CLIPTextTower) throws(TokenError) {
        guard tower.config.projection != nil else {
            throw TokenError("the weights have no text_projection.weight; save the model with its projection")
        }
        guard tokenizer.vocabulary.tokenCount == tower.config.vocabularySize else {
            throw TokenError(
                "the vocabulary has \(tokenizer.vocabulary.tokenCount) tokens, the tower "
                    + "\(tower.config.vocabularySize); use the vocabulary the weights were trained with")
        }
        self.tokenizer = tokenizer
        self.tower = tower
    }

    /// Width of a vector.
    public var width: Int { tower.config.projection ?? 0 }

    /// The projected vector of each text, not normalised.
    ///
    /// - Throws: `TokenError` for a text that is too long.
    public mutating func vectors(of texts: [String]) throws(TokenError) -> [[Float]] {
        var result: [[Float]] = []
        var rest = texts[...]
        while !rest.isEmpty {
            var rows: [[Int32]] = []
            for text in rest.prefix(Self.batch) { rows.append(try ids(of: text)) }
            result += try vectors(of: rows)
            rest = rest.dropFirst(Self.batch)
        }
        return result
    }

    private mutating func ids(of text: String) throws(TokenError) -> [Int32] {
        let ids = tokenizer.ids(of: text)
        guard ids.count <= tower.config.contextLength else {
            throw TokenError(
                "'\(text)' has \(ids.count) tokens, more than the tower's \(tower.config.contextLength) places; "
                    + "shorten it")
        }
        return ids
    }

    private func vectors(of rows: [[Int32]]) throws(TokenError) -> [[Float]] {
        let end = tokenizer.vocabulary.endOfText
        let output = try tower(TokenBatch(padding: rows, with: end), pooling: .token(end))
        let values = output.projected?.values() ?? []
        return rows.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
}
