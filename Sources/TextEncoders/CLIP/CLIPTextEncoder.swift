internal import TensorEngine

/// Tokenizer and tower together: texts to vectors.
public struct CLIPTextEncoder {
    /// What of the tower's output a text's vector is; neither is normalised.
    public enum Vectors: String, Sendable, CaseIterable {
        /// In the space shared with images (CoPT).
        case projected
        /// The state at end-of-text, before the projection (LIDAPS).
        case pooled
    }

    /// Texts that go through the tower together.
    private static let batch = 64

    private var tokenizer: CLIPTokenizer
    private let tower: CLIPTextTower
    private let vectors: Vectors
    /// Tokens that longer texts are cut to and shorter ones filled up to; nil for the texts' own.
    private let length: Int?

    /// - Parameter length: tokens of every text, of which the last is end-of-text however long it was (LIDAPS: 20); nil
    ///   for the texts' own, which then must fit the tower.
    /// - Throws: `TokenError` where the tower has no projection and one is needed, fewer tokens than the vocabulary, or
    ///   fewer places than `length`.
    public init(
        _ tokenizer: CLIPTokenizer, _ tower: CLIPTextTower, vectors: Vectors = .projected, length: Int? = nil
    ) throws(TokenError) {
        guard vectors == .pooled || tower.config.projection != nil else {
            throw TokenError("the weights have no text_projection.weight; save the model with its projection")
        }
        guard tokenizer.vocabulary.tokenCount == tower.config.vocabularySize else {
            throw TokenError(
                "the vocabulary has \(tokenizer.vocabulary.tokenCount) tokens, the tower "
                    + "\(tower.config.vocabularySize); use the vocabulary the weights were trained with")
        }
        guard (2...tower.config.contextLength).contains(length ?? 2) else {
            throw TokenError(
                "texts of \(length ?? 2) tokens do not fit the tower; it takes 2 to \(tower.config.contextLength)")
        }
        self.tokenizer = tokenizer
        self.tower = tower
        self.vectors = vectors
        self.length = length
    }

    /// Width of a vector.
    public var width: Int {
        switch vectors {
        case .projected: tower.config.projection ?? 0
        case .pooled: tower.config.width
        }
    }

    /// The vector of each text, not normalised.
    ///
    /// - Throws: `TokenError` for a text that is too long and not to be cut.
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
        if let length {
            let end = tokenizer.vocabulary.endOfText
            return ids.count > length
                ? ids.prefix(length - 1) + [end] : ids + [Int32](repeating: end, count: length - ids.count)
        }
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
        let values = switch vectors {
        case .projected: output.projected?.values() ?? []
        case .pooled: output.pooled.values()
        }
        return rows.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
}
