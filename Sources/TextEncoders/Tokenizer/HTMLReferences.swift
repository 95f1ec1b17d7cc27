/// Replaces character references of HTML (`&amp;`, `&#233;`, `&eacute`) as Python's `html.unescape` does, for the names
/// in `HTMLNames`.
enum HTMLReferences {
    /// Longest name that is looked for, as Python has it.
    private static let longestName = 32

    static func resolved(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains("&") else { return text }
        var result: [Unicode.Scalar] = []
        var index = 0
        while index < text.count {
            if text[index] == "&", let (scalars, length) = reference(text[(index + 1)...]) {
                result += scalars
                index += 1 + length
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// - Parameter text: what follows the ampersand.
    /// - Returns: what the reference stands for, and how many scalars it takes; nil where there is none.
    private static func reference(_ text: ArraySlice<Unicode.Scalar>) -> (scalars: [Unicode.Scalar], length: Int)? {
        text.first == "#" ? number(text.dropFirst()) : name(text)
    }

    private static func name(_ text: ArraySlice<Unicode.Scalar>) -> (scalars: [Unicode.Scalar], length: Int)? {
        let run = text.prefix(longestName).prefix { !["\t", "\n", "\u{0C}", " ", "<", "&", "#", ";"].contains($0) }
        if text.dropFirst(run.count).first == ";", let value = HTMLNames.withSemicolon[string(run)] {
            return (scalars(value), run.count + 1)
        }
        for length in stride(from: run.count, to: 1, by: -1) {
            guard let value = HTMLNames.withoutSemicolon[string(run.prefix(length))] else { continue }
            return (scalars(value), length)
        }
        return nil
    }

    /// - Parameter text: what follows `&#`.
    private static func number(_ text: ArraySlice<Unicode.Scalar>) -> (scalars: [Unicode.Scalar], length: Int)? {
        let isHexadecimal = text.first == "x" || text.first == "X"
        let digits = text.dropFirst(isHexadecimal ? 1 : 0).prefix {
            $0.isASCII && (isHexadecimal ? $0.properties.isASCIIHexDigit : ("0"..."9").contains($0))
        }
        guard !digits.isEmpty else { return nil }
        let hasSemicolon = digits.endIndex < text.endIndex && text[digits.endIndex] == ";"
        let end = digits.endIndex + (hasSemicolon ? 1 : 0)
        // Too many digits for an integer are far beyond Unicode as well.
        let value = UInt32(string(digits), radix: isHexadecimal ? 16 : 10) ?? .max
        return (scalars(value), 1 + end - text.startIndex)
    }

    private static func scalars(_ value: UInt32) -> [Unicode.Scalar] {
        switch value {
        case 0: ["\u{FFFD}"]
        case 0x0D: ["\r"]
        case 0x80...0x9F: [windows1252[Int(value - 0x80)]]
        // Controls and non-characters stand for nothing.
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: []
        case _ where value <= 0x10FFFF && value & 0xFFFE == 0xFFFE: []
        default: [Unicode.Scalar(value) ?? "\u{FFFD}"]
        }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// What the numbers 0x80...0x9F mean in HTML; five have no other meaning.
    private static let windows1252 = Array(
        ("€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ" as String).unicodeScalars)
}
