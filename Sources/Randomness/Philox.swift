/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
/// 1, 2, 3" (SC 2011), section 4: a bijection of a 128-bit counter under a 64-bit key.
///
/// There is no state to carry: block `n` of a stream is `philox(counter: n, key:)`.
public enum Philox {
    /// The ten-round bijection.
    ///
    /// - Parameters:
    ///   - counter: 128 bits, least significant word first.
    ///   - key: 64 bits, least significant word first.
    /// - Returns: 128 random bits.
    @inlinable
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        // Numbers on their own: a vector of four would be taken apart and put together in every round.
        var (x, y, z, w) = (counter.x, counter.y, counter.z, counter.w)
        var (low, high) = (key.x, key.y)
        for _ in 0..<10 {
            let first = UInt64(0xD251_1F53) &* UInt64(x)
            let second = UInt64(0xCD9E_8D57) &* UInt64(z)
            (x, y, z, w) = (
                UInt32(truncatingIfNeeded: second >> 32) ^ y ^ low, UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ w ^ high, UInt32(truncatingIfNeeded: first)
            )
            (low, high) = (low &+ 0x9E37_79B9, high &+ 0xBB67_AE85)
        }
        return SIMD4(x, y, z, w)
    }
}
