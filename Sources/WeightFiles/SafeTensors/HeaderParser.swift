/// Reads the JSON subset that a safetensors header uses, strictly: one object of tensors, each with `dtype`, `shape`
/// and `data_offsets`, and optionally `__metadata__`, an object of strings. A key that appears twice, an unknown key,
/// a number that is not a non-negative integer, or anything after the object (but spaces) is an error.
struct HeaderParser {
    /// One tensor as the header spells it, nothing checked yet.
    struct RawEntry: Equatable {
        var type = ""
        var shape: [Int] = []
        var offsets: [Int] = []
    }

    /// What is wrong, and at which byte of the header.
    struct Failure: Error {
        let offset: Int
        let message: String
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The header's tensors and metadata.
    mutating func parse() throws(Failure) -> (entries: [String: RawEntry], metadata: [String: String]) {
        var entries: [String: RawEntry] = [:]
        var metadata: [String: String]?
        try object { (parser: inout Self, key: String) throws(Failure) in
            if key == "__metadata__" {
                guard metadata == nil else { throw parser.failure("key '__metadata__' appears twice") }
                metadata = try parser.stringObject()
            } else {
                guard entries[key] == nil else { throw parser.failure("key '\(key)' appears twice") }
                entries[key] = try parser.entry()
            }
        }
        skipSpace()
        guard position == bytes.count else { throw failure("text after the closing brace") }
        return (entries, metadata ?? [:])
    }

    private mutating func stringObject() throws(Failure) -> [String: String] {
        var result: [String: String] = [:]
        try object { (parser: inout Self, key: String) throws(Failure) in
            guard result[key] == nil else { throw parser.failure("key '\(key)' appears twice") }
            result[key] = try parser.string()
        }
        return result
    }

    private mutating func entry() throws(Failure) -> RawEntry {
        var entry = RawEntry()
        var seen: Set<String> = []
        try object { (parser: inout Self, key: String) throws(Failure) in
            guard seen.insert(key).inserted else { throw parser.failure("key '\(key)' appears twice") }
            switch key {
            case "dtype": entry.type = try parser.string()
            case "shape": entry.shape = try parser.integers()
            case "data_offsets": entry.offsets = try parser.integers()
            default: throw parser.failure("unknown key '\(key)'; expected dtype, shape, data_offsets")
            }
        }
        guard seen.count == 3 else { throw failure("a tensor needs dtype, shape and data_offsets") }
        guard entry.offsets.count == 2 else { throw failure("data_offsets must be two integers") }
        return entry
    }
}

// MARK: - JSON pieces

extension HeaderParser {
    private mutating func object(
        _ member: (inout Self, String) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("{")
        if accept("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while accept(",")
        try expect("}")
    }

    private mutating func integers() throws(Failure) -> [Int] {
        var result: [Int] = []
        try expect("[")
        if accept("]") { return result }
        repeat { result.append(try integer()) } while accept(",")
        try expect("]")
        return result
    }

    private mutating func integer() throws(Failure) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = tenfold.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
            guard !overflow, !overflowToo else { throw failure("number too large") }
            value = sum
            position += 1
        }
        guard position > start else { throw failure("expected a non-negative integer") }
        guard position - start == 1 || bytes[start] != UInt8(ascii: "0") else { throw failure("number with leading 0") }
        return value
    }

    private mutating func string() throws(Failure) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else { throw failure("string is not UTF-8") }
                return result
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            case 0..<0x20: throw failure("control character in a string")
            default: text.append(byte)
            }
        }
        throw failure("string without end")
    }

    private mutating func escape() throws(Failure) -> [UInt8] {
        guard position < bytes.count else { throw failure("string without end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure("unknown escape in a string")
        }
    }

    private mutating func unicodeEscape() throws(Failure) -> [UInt8] {
        var units = [try hexUnit()]
        if UTF16.isLeadSurrogate(units[0]), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") {
            position += 2
            units.append(try hexUnit())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw failure("unpaired surrogate") }
        return Array(text.utf8)
    }

    private mutating func hexUnit() throws(Failure) -> UInt16 {
        guard position + 4 <= bytes.count,
            let digits = String(validating: bytes[position..<position + 4], as: UTF8.self),
            digits.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16)
        else { throw failure("bad \\u escape") }
        position += 4
        return unit
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
        guard accept(character) else { throw failure("expected '\(character)'") }
    }

    private func failure(_ message: String) -> Failure { Failure(offset: position, message: message) }
}
