/// Texts of equal length as token ids, `[B, L]`.
public struct TokenBatch: Sendable, Equatable {
    /// Row-major.
    public let ids: [Int32]
    /// Texts.
    public let count: Int
    /// Tokens of each.
    public let length: Int

    /// - Precondition: `ids` has `count * length` elements; neither is 0.
    public init(_ ids: [Int32], count: Int, length: Int) {
        precondition(count > 0 && length > 0 && ids.count == count * length, "TokenBatch: \(ids.count) ids do not fit")
        self.ids = ids
        self.count = count
        self.length = length
    }

    /// Texts of any lengths, the shorter ones filled up.
    ///
    /// - Precondition: there is a text, and none is empty.
    public init(padding texts: [[Int32]], with id: Int32) {
        let length = texts.map(\.count).max() ?? 0
        let ids = texts.flatMap { $0 + [Int32](repeating: id, count: length - $0.count) }
        self.init(ids, count: texts.count, length: length)
    }

    /// The place of end-of-text in each text.
    func ends(
        for config: CLIPTextConfig, _ pooling: CLIPTextConfig.Pooling
    ) throws(TokenError) -> [Int] {
        guard length <= config.contextLength else {
            throw TokenError("\(length) tokens do not fit the tower's \(config.contextLength) places; shorten the text")
        }
        var ends: [Int] = []
        for text in 0..<count {
            let row = ids[text * length..<(text + 1) * length]
            if let wrong = row.first(where: { !(0..<Int32(config.vocabularySize)).contains($0) }) {
                throw TokenError(
                    "text \(text) has the id \(wrong), the tower has \(config.vocabularySize) tokens; "
                        + "use the vocabulary the weights were trained with")
            }
            let id = switch pooling {
            case .largestID: row.max() ?? 0
            case .token(let id): id
            }
            guard let end = row.firstIndex(of: id) else {
                throw TokenError("text \(text) lacks end-of-text (id \(id)); every text must end with it")
            }
            ends.append(end - row.startIndex)
        }
        return ends
    }
}

/// A text that a tower cannot take.
public struct TokenError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
