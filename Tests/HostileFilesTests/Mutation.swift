import Randomness

/// Ways in which files are damaged, by accident and on purpose.
struct Mutation {
    private var random: RandomStream

    init(seed: UInt64, _ reader: String, _ number: Int) {
        random = RandomStream(seed: seed, "mutation of \(reader)", step: number)
    }

    /// A changed copy of a file; several changes in one of four.
    mutating func changed(_ bytes: [UInt8], isText: Bool) -> [UInt8] {
        var result = bytes
        for _ in 0..<(random.integer(below: 4) == 0 ? 1 + random.integer(below: 8) : 1) {
            result = isText && random.integer(below: 2) == 0 ? changedText(result) : changedBytes(result)
        }
        return result
    }

    private mutating func place(in bytes: [UInt8]) -> Int { bytes.isEmpty ? 0 : random.integer(below: bytes.count) }

    /// A stretch, mostly short.
    private mutating func stretch(of bytes: [UInt8]) -> Range<Int> {
        let start = place(in: bytes)
        let longest = random.integer(below: 3) == 0 ? bytes.count : 16
        return start..<min(bytes.count, start + 1 + random.integer(below: max(1, longest)))
    }

    private mutating func changedBytes(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: random.next32())] }
        var result = bytes
        switch random.integer(below: 8) {
        case 0: result[place(in: bytes)] ^= 1 << UInt8(random.integer(below: 8))
        case 1: result[place(in: bytes)] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][random.integer(below: 6)]
        case 2: result = Array(bytes.prefix(place(in: bytes)))
        case 3: result.removeSubrange(stretch(of: bytes))
        case 4: result.insert(contentsOf: bytes[stretch(of: bytes)], at: place(in: bytes))
        case 5:
            for index in stretch(of: bytes) { result[index] = UInt8(truncatingIfNeeded: random.next32()) }
        case 6:
            // A number of 32 or 64 bits in either order, at the ends of its range.
            let number: [UInt8] = [
                [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0, 0, 0],
                [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80],
            ][random.integer(below: 6)]
            let start = place(in: bytes)
            for (offset, byte) in number.enumerated() where start + offset < result.count {
                result[start + offset] = byte
            }
        default:
            let (from, to) = (stretch(of: bytes), place(in: bytes))
            for (offset, byte) in bytes[from].enumerated() where to + offset < result.count {
                result[to + offset] = byte
            }
        }
        return result
    }

    /// What somebody might have written instead.
    private static let words = [
        "0", "-1", "1e308", "-1e308", "1e400", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "0.5",
        "NaN", "null", "true", "\"\"", "[]", "{}", "[[[[[[[[", "{\"a\":", "\\ud800", "\u{0}", "\u{FEFF}", "é", "\n",
        " ", ",",
        ":", "\"", "'", "#", "&a", "*a", "!!binary", "---", "...", "|", "../../../etc/passwd", "/dev/zero",
        String(repeating: "9", count: 400), String(repeating: "[", count: 3000), String(repeating: "a", count: 5000),
    ]

    private mutating func changedText(_ bytes: [UInt8]) -> [UInt8] {
        let word = Array(Self.words[random.integer(below: Self.words.count)].utf8)
        let separators = Set(" \n\t,:[]{}\"".utf8)
        let start = place(in: bytes)
        let from = bytes.indices.contains(start) ? (bytes[..<start].lastIndex { separators.contains($0) } ?? -1) + 1 : 0
        let to = bytes[from...].firstIndex { separators.contains($0) } ?? bytes.count
        switch random.integer(below: 3) {
        case 0: return Array(bytes[..<from]) + word + Array(bytes[max(from, to)...])
        case 1: return Array(bytes[..<from]) + word + Array(bytes[from...])
        default:
            // A line twice, or none.
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
            let line = random.integer(below: lines.count)
            let copies = random.integer(below: 3)
            let kept = lines.enumerated().flatMap { Array(repeating: $1, count: $0 == line ? copies : 1) }
            return Array(kept.joined(separator: [UInt8(ascii: "\n")]))
        }
    }
}
