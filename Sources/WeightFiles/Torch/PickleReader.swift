/// Reads the arguments of pickle's opcodes from bytes, never beyond their end.
struct PickleReader {
    /// What is wrong, and at which byte.
    struct Failure: Error {
        let offset: Int
        let message: String
    }

    private let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    mutating func byte() throws(Failure) -> UInt8 {
        guard position < bytes.count else { throw failure("ends early") }
        defer { position += 1 }
        return bytes[position]
    }

    /// A little-endian number without a sign; negative where it is beyond `Int`.
    mutating func number(bytes count: Int) throws(Failure) -> Int {
        try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// A little-endian number of 32 bits with a sign.
    mutating func signed32() throws(Failure) -> Int {
        Int(Int32(truncatingIfNeeded: try number(bytes: 4)))
    }

    /// A number in two's complement of any length; nil beyond 64 bits.
    mutating func long(bytes count: Int) throws(Failure) -> Int? {
        let digits = try take(count)
        guard count <= 8 else { return nil }
        let start = (digits.last ?? 0) & 0x80 == 0 ? 0 : -1
        return digits.reversed().reduce(start) { $0 << 8 | Int($1) }
    }

    /// - Parameter count: length that the file claims.
    mutating func take(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw failure("ends early") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// A text of `count` bytes of UTF-8; what is none is replaced.
    mutating func text(bytes count: Int) throws(Failure) -> String { String(decoding: try take(count), as: UTF8.self) }

    /// The text up to the end of the line.
    mutating func line() throws(Failure) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { throw failure("ends early") }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    func failure(_ message: String) -> Failure { Failure(offset: position, message: message) }
}
