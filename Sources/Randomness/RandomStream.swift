internal import Basics

/// A named stream of random numbers: a pure function of (seed, name, step, rank, position).
///
/// Two streams that differ in any of the four are independent. Streams are values: copying one and drawing from both
/// copies gives the same numbers.
///
///     var random = RandomStream(seed: 1, "class-mix", step: 40, rank: 2)
///     let coin = random.uniform()
public struct RandomStream: RandomNumberGenerator, Sendable {
    private let key: SIMD2<UInt32>
    private let step: UInt32
    private let rank: UInt32
    private var block: UInt64 = 0
    private var words = SIMD4<UInt32>()
    private var used = 4

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - name: what the numbers are for; part of the key. Those of a training are `StreamName`s.
    ///   - step: training step, image index or whatever else counts, below 2^32.
    ///   - rank: student rank or another second index, below 2^32.
    /// - Precondition: `step` and `rank` fit 32 bits.
    public init(seed: UInt64, _ name: String, step: Int = 0, rank: Int = 0) {
        // FNV-1a over the name, then two rounds of the splitmix64 finaliser with the seed folded in.
        let hash = FNV1a(name.utf8).value
        let mixed = Self.finalised(hash ^ Self.finalised(seed &+ 0x9E37_79B9_7F4A_7C15))
        key = SIMD2(UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
        self.step = UInt32(step)
        self.rank = UInt32(rank)
    }

    /// A stream of a training.
    ///
    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - step: training step, epoch or whatever else counts, below 2^32.
    ///   - rank: slot in the global batch or another second index, below 2^32.
    public init(seed: UInt64, _ name: StreamName, step: Int = 0, rank: Int = 0) {
        self.init(seed: seed, name.text, step: step, rank: rank)
    }

    private static func finalised(_ value: UInt64) -> UInt64 {
        var x = value
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }

    /// The next 32 random bits.
    public mutating func next32() -> UInt32 {
        if used == 4 {
            words = nextBlock()
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }

    private mutating func nextBlock() -> SIMD4<UInt32> {
        let counter = SIMD4(UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), step, rank)
        block &+= 1
        return Philox.block(counter: counter, key: key)
    }

    /// Passes over the next `4 * blocks` draws of 32 bits, at no cost: for threads that share one stream.
    ///
    /// - Precondition: a multiple of four has been drawn so far.
    public mutating func skip(blocks: Int) {
        precondition(used == 4, "RandomStream: can only skip between blocks of four draws")
        block &+= UInt64(blocks)
    }

    public mutating func next() -> UInt64 {
        let low = UInt64(next32())
        return low | UInt64(next32()) << 32
    }
}

extension RandomStream {
    /// Uniform in `[0, 1)` with 24 bits; one 32-bit draw.
    public mutating func uniform() -> Float { Self.uniform(next32()) }

    /// The numbers that `count` calls of `uniform()` give, in a fraction of their time.
    public mutating func uniforms(_ count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { values, filled in
            while filled < count {
                guard used == 4, filled + 4 <= count else {
                    values.initializeElement(at: filled, to: uniform())
                    filled += 1
                    continue
                }
                let words = nextBlock()
                for lane in 0..<4 { values.initializeElement(at: filled + lane, to: Self.uniform(words[lane])) }
                filled += 4
            }
        }
    }

    private static func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

    /// Uniform in `[range.lowerBound, range.upperBound)`; one 32-bit draw.
    public mutating func uniform(in range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Uniform integer in `0..<bound`, unbiased (Lemire's method).
    ///
    /// - Precondition: `bound > 0` and fits 32 bits.
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "RandomStream: bound must be in 1...2^32-1, got \(bound)")
        let range = UInt64(bound)
        var product = UInt64(next32()) &* range
        if UInt64(UInt32(truncatingIfNeeded: product)) < range {
            let threshold = (0 &- range) & 0xFFFF_FFFF
            let limit = threshold % range
            while UInt64(UInt32(truncatingIfNeeded: product)) < limit { product = UInt64(next32()) &* range }
        }
        return Int(product >> 32)
    }

    /// `count` different elements of `candidates`, each subset equally likely, in draw order.
    ///
    /// - Precondition: `0 <= count <= candidates.count`.
    public mutating func choose<Element>(_ count: Int, from candidates: [Element]) -> [Element] {
        precondition(
            count >= 0 && count <= candidates.count, "RandomStream: cannot choose \(count) of \(candidates.count)")
        var pool = candidates
        for position in 0..<count { pool.swapAt(position, position + integer(below: pool.count - position)) }
        return Array(pool.prefix(count))
    }

    /// A random permutation of `0..<count` (Fisher-Yates).
    public mutating func permutation(of count: Int) -> [Int] { choose(count, from: Array(0..<count)) }
}
