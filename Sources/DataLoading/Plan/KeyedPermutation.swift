internal import Randomness

/// A random permutation of `0..<count` that is never written down: element `i` is computed in constant time, so that a
/// shuffle of 74 million pairs costs nothing and a restart needs no position.
///
/// A balanced Feistel network over the smallest even number of bits that holds `count`, iterated until the value falls
/// below `count` ("cycle walking": Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002).
struct KeyedPermutation: Sendable {
    let count: Int
    private let halfBits: UInt64
    private let roundKeys: [UInt64]

    /// - Parameters:
    ///   - count: size of the permuted range, in `1...2^60`.
    ///   - seed: the run's seed.
    ///   - name: what is shuffled.
    ///   - epoch: how often it was shuffled before.
    init(count: Int, seed: UInt64, _ name: StreamName, epoch: Int) {
        precondition(count > 0 && count <= 1 << 60, "KeyedPermutation: count must be in 1...2^60, got \(count)")
        self.count = count
        let bits = UInt64(max(2, Int.bitWidth - (count - 1).leadingZeroBitCount))
        halfBits = (bits + 1) / 2
        var random = RandomStream(seed: seed, name, step: epoch)
        roundKeys = (0..<8).map { _ in random.next() }
    }

    /// Element `position` of the permutation.
    ///
    /// - Precondition: `position` is in `0..<count`.
    subscript(position: Int) -> Int {
        precondition(position >= 0 && position < count, "KeyedPermutation: \(position) is not in 0..<\(count)")
        var value = UInt64(position)
        repeat { value = shuffled(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func shuffled(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) &- 1
        var (left, right) = (value >> halfBits, value & mask)
        for key in roundKeys { (left, right) = (right, left ^ (Self.mixed(right ^ key) & mask)) }
        return left << halfBits | right
    }

    /// The splitmix64 finaliser.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var x = value
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }
}
