@_spi(_Unicode) internal import Swift

/// What happens to a text before it is split into words.
enum TextCleaning {
    /// Canonical composition (NFC), runs of white space to one blank, lower case scalar by scalar, in this order.
    ///
    /// Composition comes from the standard library's underscored interface, which Foundation builds on as well; all of
    /// Foundation, which has the public one, would double the time in which every command starts.
    static func cleaned(_ text: ArraySlice<Unicode.Scalar>, unescapingHTML: Bool) -> [Unicode.Scalar] {
        var text = Array(text)
        if unescapingHTML { text = HTMLReferences.resolved(HTMLReferences.resolved(text)) }
        if text.allSatisfy(\.isASCII) { return lowercased(text) }
        var string = String.UnicodeScalarView()
        string.append(contentsOf: text)
        return lowercased(String(string)._nfc)
    }

    private static func lowercased(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in text {
            if scalar.isASCII {
                let isUpper = (0x41...0x5A).contains(scalar.value)
                result.append(isUpper ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar)
            } else {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }
}

/// The two special tokens where they are spelled out in a text: found before anything else is done to it.
enum SpecialTokens {
    enum Part {
        case startOfText
        case endOfText
        case text(ArraySlice<Unicode.Scalar>)
    }

    static func split(_ text: [Unicode.Scalar]) -> [Part] {
        guard text.contains("<") else { return [.text(text[...])] }
        var parts: [Part] = []
        var rest = text[...]
        var index = 0
        while index < text.count {
            if let (part, length) = token(at: text[index...]) {
                parts += [.text(rest[rest.startIndex..<index]), part]
                index += length
                rest = text[index...]
            } else {
                index += 1
            }
        }
        return parts + [.text(rest)]
    }

    private static func token(at text: ArraySlice<Unicode.Scalar>) -> (part: Part, length: Int)? {
        let start = BytePairVocabulary.startOfTextToken.unicodeScalars
        let end = BytePairVocabulary.endOfTextToken.unicodeScalars
        if text.starts(with: start) { return (.startOfText, start.count) }
        if text.starts(with: end) { return (.endOfText, end.count) }
        return nil
    }
}
