/// Cuts a cleaned text into words: English clitics, runs of letters, single digits, runs of anything else but white
/// space.
///
/// The same as the expression `'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+`.
enum WordSplitter {
    /// The UTF-8 bytes of each word.
    static func words(_ text: [Unicode.Scalar]) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var index = 0
        while index < text.count {
            let rest = text[index...]
            let kind = Kind(text[index])
            var length = 1
            if kind == .other, let token = specialToken(rest) {
                // Came out of lower-casing, so it is three ordinary words, whatever follows.
                words += [bytes(rest.prefix(2)), bytes(rest.prefix(token - 2).dropFirst(2))]
                index += token - 2
                length = 2
            } else if kind == .other, let clitic = clitics.first(where: { rest.starts(with: $0) }) {
                length = clitic.count
            } else if kind == .letter || kind == .other {
                length = rest.prefix { Kind($0) == kind }.count
            }
            if kind != .space { words.append(bytes(text[index..<index + length])) }
            index += length
        }
        return words
    }

    private enum Kind {
        case letter, digit, space, other

        init(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x61...0x7A, 0x41...0x5A: self = .letter
            case 0x30...0x39: self = .digit
            case 0x20, 0x09...0x0D: self = .space
            case ..<0x80: self = .other
            default: self = Self.beyondASCII(scalar.properties)
            }
        }

        /// By general category. What is younger than Unicode 16, the version that the tokenizers library (0.23) has,
        /// counts as unassigned, so that ids depend on no version of Swift.
        private static func beyondASCII(_ properties: Unicode.Scalar.Properties) -> Kind {
            switch properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                isKnown(properties) ? .letter : .other
            case .decimalNumber, .letterNumber, .otherNumber: isKnown(properties) ? .digit : .other
            default: properties.isWhitespace ? .space : .other
            }
        }

        private static func isKnown(_ properties: Unicode.Scalar.Properties) -> Bool {
            (properties.age?.major ?? .max) <= 16
        }
    }

    /// The length of a special token that the text begins with.
    private static func specialToken(_ text: ArraySlice<Unicode.Scalar>) -> Int? {
        guard text.first == "<" else { return nil }
        return specialTokens.first { text.starts(with: $0) }?.count
    }

    private static let clitics = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map(\.unicodeScalars)
    private static let specialTokens = [BytePairVocabulary.startOfTextToken, BytePairVocabulary.endOfTextToken]
        .map(\.unicodeScalars)

    private static func bytes(_ word: ArraySlice<Unicode.Scalar>) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in word { bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) }
        return bytes
    }
}
