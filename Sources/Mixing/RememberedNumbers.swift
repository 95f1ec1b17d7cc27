/// Bytes as numbers, for files that hold nothing else: three in a number, below 2^24 and so exact, after two numbers
/// for how many there are.
package enum RememberedNumbers {
    package static func numbers(_ bytes: [UInt8]) -> [Float] {
        var numbers = [Float(bytes.count >> 24), Float(bytes.count & 0xFF_FFFF)]
        numbers.reserveCapacity(2 + (bytes.count + 2) / 3)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            numbers.append(Float(part.reversed().reduce(0) { $0 << 8 | Int($1) }))
        }
        return numbers
    }

    /// nil for numbers that are not bytes in this form.
    package static func bytes(_ numbers: [Float]) -> [UInt8]? {
        let parts = numbers.map { Int(exactly: $0) ?? -1 }
        guard parts.count >= 2, parts.allSatisfy({ (0..<1 << 24).contains($0) }) else { return nil }
        let count = parts[0] << 24 | parts[1]
        guard parts.count - 2 == (count + 2) / 3 else { return nil }
        let bytes = parts.dropFirst(2).flatMap { part in (0..<3).map { UInt8(truncatingIfNeeded: part >> (8 * $0)) } }
        return Array(bytes.prefix(count))
    }
}
