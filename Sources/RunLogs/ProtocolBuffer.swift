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

/// The fields of a message, one after another; it ends where the bytes do, or are no message.
struct ProtocolBufferFields {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Number of the next field, with its value where it is a varint; 0 for other types.
    mutating func next() -> (field: UInt64, value: UInt64)? {
        guard let tag = varint() else { return nil }
        switch tag & 7 {
        case 0: return varint().map { (tag >> 3, $0) }
        case 1: position += 8
        case 2:
            guard let length = varint(), length <= UInt64(bytes.count - position) else { return nil }
            position += Int(length)
        case 5: position += 4
        default: return nil
        }
        return position <= bytes.count ? (tag >> 3, 0) : nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
