extension JSONScanner {
    /// Any value with all that it holds, for files of entries that are looked at one by one.
    ///
    /// Takes `NaN`, `Infinity` and `-Infinity` as well, which Python writes for numbers that JSON does not have:
    /// whoever asks for a number can then say which one it is.
    public mutating func value() throws(JSONError) -> JSONValue {
        if let number = try nonFiniteNumber() { return .number(number) }
        switch try kind() {
        case .object:
            var members: [(String, JSONValue)] = []
            try object { scanner, key throws(JSONError) in members.append((key, try scanner.value())) }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            try array { scanner throws(JSONError) in elements.append(try scanner.value()) }
            return .array(elements)
        case .string: return .string(try string())
        case .bool: return .bool(try bool())
        case .number:
            let text = try numberText()
            if let integer = Int(text) { return .integer(integer) }
            guard let number = Double(text) else { throw error("'\(text)' is no number") }
            return .number(number)
        case .null:
            guard try takesWord("null") else { throw error("null is expected") }
            return .null
        }
    }

    /// Takes a number that is not finite; nil where the next value is another.
    private mutating func nonFiniteNumber() throws(JSONError) -> Double? {
        switch try peek() {
        case UInt8(ascii: "N"): if try takesWord("NaN") { return .nan }
        case UInt8(ascii: "I"): if try takesWord("Infinity") { return .infinity }
        case UInt8(ascii: "-"): if try takesWord("-Infinity") { return -.infinity }
        default: break
        }
        return nil
    }
}
