/// Walks through a JSON text once, without a tree of it in memory: for files of hundreds of megabytes of which some
/// numbers are wanted.
///
///     var scanner = JSONScanner(bytes)
///     try scanner.object { scanner, key throws(JSONError) in
///         if key == "area" { area = try scanner.integer() } else { try scanner.skip() }
///     }
///     try scanner.end()
///
/// The closure of `object` and `array` takes exactly the value that it is called at.
public struct JSONScanner {
    /// What a value is, by its first character.
    public enum Kind: String, Sendable {
        case object = "an object"
        case array = "a list"
        case string = "a text"
        case number = "a number"
        case bool = "true or false"
        case null
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    /// Of the next byte.
    private var offset: Int

    /// The byte that is looked at next: between values, that of the next one or of a blank before it.
    public var position: Int { offset }

    private var depth = 0
    /// Deeper nesting is refused, as recursion needs a stack.
    private static let largestDepth = 128

    /// - Parameter bytes: stay where they are while the scanner is used.
    public init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        // Some editors begin files with a mark of the byte order.
        offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    // MARK: Values

    /// What comes next; nothing is taken.
    public mutating func kind() throws(JSONError) -> Kind {
        switch try peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error("no value begins like this")
        }
    }

    /// Calls `body` with the key of each member, at its value.
    public mutating func object(
        _ body: (inout JSONScanner, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(UInt8(ascii: "{"), .object)
        if try takes(UInt8(ascii: "}")) { return close() }
        repeat {
            guard try peek() == UInt8(ascii: "\"") else { throw error("a key in quotes is expected") }
            let key = try string()
            guard try takes(UInt8(ascii: ":")) else { throw error("a colon is expected after the key '\(key)'") }
            try body(&self, key)
        } while try takes(UInt8(ascii: ","))
        guard try takes(UInt8(ascii: "}")) else { throw error("a comma or } is expected") }
        close()
    }

    /// Calls `body` at each element.
    public mutating func array(
        _ body: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(UInt8(ascii: "["), .array)
        if try takes(UInt8(ascii: "]")) { return close() }
        repeat { try body(&self) } while try takes(UInt8(ascii: ","))
        guard try takes(UInt8(ascii: "]")) else { throw error("a comma or ] is expected") }
        close()
    }

    public mutating func string() throws(JSONError) -> String {
        guard try peek() == UInt8(ascii: "\"") else { throw try mismatch(.string) }
        offset += 1
        let start = offset
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                defer { offset += 1 }
                return String(decoding: bytes[start..<offset], as: UTF8.self)
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case ..<0x20: throw error("a text has a line break or another control character")
            default: offset += 1
            }
        }
        throw error("the file ends within a text")
    }

    public mutating func number() throws(JSONError) -> Double {
        let text = try numberText()
        guard let value = Double(text), value.isFinite else { throw error("'\(text)' is no number") }
        return value
    }

    /// A whole number; 12.0 is one too.
    public mutating func integer() throws(JSONError) -> Int {
        guard try kind() == .number else { throw try mismatch(.number) }
        let start = offset
        var (value, isNegative) = (0, false)
        if bytes[offset] == UInt8(ascii: "-") {
            isNegative = true
            offset += 1
        }
        let first = offset
        while offset < bytes.count, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit < 10, offset - first < 18
        {
            value = value * 10 + Int(digit)
            offset += 1
        }
        if offset > first, offset == bytes.count || !Self.isNumberPart(bytes[offset]) {
            return isNegative ? -value : value
        }
        offset = start
        let number = try number()
        guard let whole = Int(exactly: number) else { throw error("\(number) is no whole number") }
        return whole
    }

    public mutating func bool() throws(JSONError) -> Bool {
        guard try kind() == .bool else { throw try mismatch(.bool) }
        if try takesWord("true") { return true }
        guard try takesWord("false") else { throw error("true or false is expected") }
        return false
    }

    /// The text of a text or number: identifiers are either.
    public mutating func scalarText() throws(JSONError) -> String {
        switch try kind() {
        case .string: return try string()
        case .number: return try numberText()
        default: throw try mismatch(.string)
        }
    }

    /// Passes over a value, whatever it is.
    public mutating func skip() throws(JSONError) {
        switch try kind() {
        case .object: try object { scanner, _ throws(JSONError) in try scanner.skip() }
        case .array: try array { scanner throws(JSONError) in try scanner.skip() }
        case .string: try skipString()
        case .number: _ = try numberText()
        case .bool: _ = try bool()
        case .null: guard try takesWord("null") else { throw error("null is expected") }
        }
    }

    /// - Throws: where something follows.
    public mutating func end() throws(JSONError) {
        skipBlanks()
        guard offset == bytes.count else { throw error("something follows after the end") }
    }

    /// An error at this place.
    public func error(_ reason: String) -> JSONError {
        let place = min(offset, bytes.count)
        return JSONError(offset: place, line: 1 + bytes[..<place].count { $0 == UInt8(ascii: "\n") }, reason: reason)
    }

    // MARK: Characters

    private mutating func skipBlanks() {
        while offset < bytes.count, bytes[offset] == 0x20 || (0x09...0x0D).contains(bytes[offset]) { offset += 1 }
    }

    mutating func peek() throws(JSONError) -> UInt8 {
        skipBlanks()
        guard offset < bytes.count else { throw error("the file ends early") }
        return bytes[offset]
    }

    private mutating func takes(_ character: UInt8) throws(JSONError) -> Bool {
        guard try peek() == character else { return false }
        offset += 1
        return true
    }

    mutating func takesWord(_ word: StaticString) throws(JSONError) -> Bool {
        let count = word.utf8CodeUnitCount
        let isHere = word.withUTF8Buffer { bytes[offset...].prefix(count).elementsEqual($0) }
        if isHere { offset += count }
        return isHere
    }

    private mutating func open(_ bracket: UInt8, _ kind: Kind) throws(JSONError) {
        guard try peek() == bracket else { throw try mismatch(kind) }
        guard depth < Self.largestDepth else { throw error("is nested more than \(Self.largestDepth) deep") }
        depth += 1
        offset += 1
    }

    private mutating func close() { depth -= 1 }

    private mutating func mismatch(_ wanted: Kind) throws(JSONError) -> JSONError {
        error("\(wanted.rawValue) is expected, not \(try kind().rawValue)")
    }

    private static func isNumberPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    mutating func numberText() throws(JSONError) -> String {
        guard try kind() == .number else { throw try mismatch(.number) }
        let start = offset
        while offset < bytes.count, Self.isNumberPart(bytes[offset]) { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func skipString() throws(JSONError) {
        offset += 1
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return
            case UInt8(ascii: "\\"): offset += 2
            default: offset += 1
            }
        }
        throw error("the file ends within a text")
    }

    // MARK: Escapes

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = [UInt8](bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard offset < bytes.count else { break }
            let escape = bytes[offset]
            offset += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): text.append(contentsOf: String(try escapedCharacter()).utf8)
            default: throw error("a text has an unknown escape")
            }
        }
        throw error("the file ends within a text")
    }

    /// After `\u`; two of them make one character outside of the basic plane.
    private mutating func escapedCharacter() throws(JSONError) -> Character {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        guard (0xD800..<0xDC00).contains(first), bytes[offset...].prefix(2).elementsEqual("\\u".utf8) else {
            throw error("a text has half a character")
        }
        offset += 2
        let second = try codeUnit()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10 | UInt32(second - 0xDC00)))
        else { throw error("a text has half a character") }
        return Character(scalar)
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        let digits = bytes[min(offset, bytes.count)...].prefix(4)
        guard digits.count == 4, let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw error("\\u needs four hexadecimal digits")
        }
        offset += 4
        return value
    }
}

/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// In bytes from the beginning.
    public let offset: Int
    /// From 1.
    public let line: Int
    public let reason: String

    public init(offset: Int, line: Int, reason: String) {
        self.offset = offset
        self.line = line
        self.reason = reason
    }

    public var description: String { "line \(line), byte \(offset): \(reason)" }
}
