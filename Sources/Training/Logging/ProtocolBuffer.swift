/// The few protocol buffer encodings that event files need.
package struct ProtocolBuffer {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Wire type 0.
    package mutating func append(field: UInt64, varint value: UInt64) {
        appendVarint(field << 3)
        appendVarint(value)
    }

    /// Wire type 1, eight bytes little endian.
    package mutating func append(field: UInt64, double value: Double) {
        appendVarint(field << 3 | 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Wire type 5, four bytes little endian.
    package mutating func append(field: UInt64, float value: Float) {
        appendVarint(field << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Wire type 2: text or a nested message.
    package mutating func append(field: UInt64, bytes content: [UInt8]) {
        appendVarint(field << 3 | 2)
        appendVarint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
