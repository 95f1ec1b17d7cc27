/// The 64-bit hash XXH64 with seed 0, fed in blocks (Yann Collet, github.com/Cyan4973/xxHash, "doc/xxhash_spec.md").
///
/// Finds accidental damage at memory speed; `xxhsum -H1` prints the same number.
package struct XXHash64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5
    private static let stripeBytes = 32

    private var lanes = SIMD4<UInt64>(prime1 &+ prime2, prime2, 0, 0 &- prime1)
    private var totalBytes = 0

    package init() {}

    /// Takes whole stripes.
    ///
    /// - Precondition: the count is a multiple of 32.
    package mutating func update(stripes bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count % Self.stripeBytes == 0, "XXHash64: \(bytes.count) bytes are not whole stripes")
        var lanes = lanes
        for offset in stride(from: 0, to: bytes.count, by: Self.stripeBytes) {
            let words = bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
            lanes = Self.rotated(lanes &+ words &* Self.prime2, 31) &* Self.prime1
        }
        self.lanes = lanes
        totalBytes += bytes.count
    }

    /// The hash of everything taken and of the last bytes, fewer than a stripe.
    package func finished(tail: UnsafeRawBufferPointer) -> UInt64 {
        precondition(tail.count < Self.stripeBytes, "XXHash64: a tail of \(tail.count) bytes has whole stripes")
        var hash = totalBytes == 0 ? Self.prime5 : merged()
        hash &+= UInt64(totalBytes + tail.count)
        var offset = 0
        while offset + 8 <= tail.count {
            hash ^= Self.round(0, tail.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            hash = Self.rotated(hash, 27) &* Self.prime1 &+ Self.prime4
            offset += 8
        }
        if offset + 4 <= tail.count {
            hash ^= UInt64(tail.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) &* Self.prime1
            hash = Self.rotated(hash, 23) &* Self.prime2 &+ Self.prime3
            offset += 4
        }
        for byte in tail[offset...] {
            hash ^= UInt64(byte) &* Self.prime5
            hash = Self.rotated(hash, 11) &* Self.prime1
        }
        return Self.avalanched(hash)
    }

    /// The hash of bytes that are all there.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let whole = bytes.count / stripeBytes * stripeBytes
        var hash = XXHash64()
        hash.update(stripes: UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
        return hash.finished(tail: UnsafeRawBufferPointer(rebasing: bytes[whole...]))
    }

    /// The hash of bytes that are all there, as 16 hexadecimal digits.
    package static func digits(of bytes: some Sequence<UInt8>) -> String {
        digits(Array(bytes).withUnsafeBytes { hash($0) })
    }

    /// A hash as 16 hexadecimal digits.
    package static func digits(_ hash: UInt64) -> String { hash.hexadecimalDigits }

    private func merged() -> UInt64 {
        var hash = Self.rotated(lanes[0], 1) &+ Self.rotated(lanes[1], 7)
        hash &+= Self.rotated(lanes[2], 12) &+ Self.rotated(lanes[3], 18)
        for lane in 0..<4 { hash = (hash ^ Self.round(0, lanes[lane])) &* Self.prime1 &+ Self.prime4 }
        return hash
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    private static func avalanched(_ value: UInt64) -> UInt64 {
        var hash = (value ^ (value >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

    private static func rotated(_ lanes: SIMD4<UInt64>, _ bits: UInt64) -> SIMD4<UInt64> {
        lanes &<< bits | lanes &>> (64 - bits)
    }
}
