/// CRC-32C (Castagnoli), the checksum of TensorFlow's record files.
package enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
    }

    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { value, byte in (value >> 8) ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
    }

    /// The form stored in records: `rotate right 15, + 0xA282EAD8` (tensorflow/core/lib/hash/crc32c.h), since a
    /// checksum over data that holds checksums is weak.
    package static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
        let value = checksum(bytes)
        return ((value >> 15) | (value << 17)) &+ 0xA282_EAD8
    }
}
