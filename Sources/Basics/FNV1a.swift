/// The 64-bit hash FNV-1a, byte by byte: for names and short texts (Fowler, Noll, Vo; isthe.com/chongo/tech/comp/fnv).
///
/// Tells change and damage, not malice. `XXHash64` is for what is large.
public struct FNV1a: Sendable {
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    public init() {}

    /// The hash of these bytes.
    public init(_ bytes: some Sequence<UInt8>) { add(bytes) }

    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }

    public mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    /// 16 hexadecimal digits.
    public var digits: String { value.hexadecimalDigits }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// All hexadecimal digits, with zeros in front: 16 of 64 bits.
    public var hexadecimalDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: Self.bitWidth / 4 - digits.count) + digits
    }
}
