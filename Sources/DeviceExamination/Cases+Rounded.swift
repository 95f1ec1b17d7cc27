internal import DeviceSeam

extension KernelCases {
    /// The cases whose results are sums of products of their operands, which a precision rounds. With operands of no more
    /// digits than it keeps (`Operands.kept`) they give what the CPU gives; with others (`.random`) rounding may change
    /// results by its share of the same sums over sizes.
    package static func sumsOfProducts(_ extent: Extent) -> [KernelCase] {
        products(extent) + linear(extent) + convolutions(extent) + transposedConvolutions(extent)
    }

    /// Attention whose own numbers have few digits as well, so that rounding them changes nothing: probabilities are
    /// halves, and gradients of scores are quarters of whole numbers.
    package static func attentionOfFewDigits(_ extent: Extent) -> [KernelCase] {
        let cases: [AttentionCase] = extent.pick(
            odd: [
                AttentionCase(batch: 1, queries: 1, keys: 1, heads: 1, channels: 32),
                AttentionCase(batch: 1, queries: 5, keys: 3, heads: 2, channels: 16),
            ],
            small: [
                AttentionCase(batch: 2, queries: 70, keys: 49, heads: 2, channels: 64, table: .bias),
                AttentionCase(batch: 1, queries: 64, keys: 130, heads: 3, channels: 192),
                AttentionCase(batch: 2, queries: 13, keys: 17, heads: 3, channels: 72, table: .sharedBias),
            ],
            network: [
                AttentionCase(batch: 1, queries: 16_384, keys: 256, heads: 1, channels: 64),
                AttentionCase(batch: 1, queries: 256, keys: 256, heads: 8, channels: 512),
                AttentionCase(batch: 361, queries: 49, keys: 49, heads: 3, channels: 96, table: .bias),
            ])
        return cases.map { example in
            var example = example
            example.hasFewDigits = true
            return example.kernelCase
        }
    }
}

/// Operands of an attention in which every query's probabilities are one half for two keys and zero for all others, or
/// one for a last key that has no other beside it.
///
/// Keys are pairs of the same signs, the binary digits of the pair's number over and over; a query is a multiple of
/// such signs, so large that any other pair's score is lower by 16 at least, whose probability is less than a digit of
/// single precision. Values and gradients are -1, 0 or 1.
struct FewDigits {
    let headSize: Int
    let keys: Int

    private var pairs: Int { (keys + 1) / 2 }
    /// Digits that pairs have in their numbers.
    private var bits: Int { max(1, Int.bitWidth - (pairs - 1).leadingZeroBitCount) }

    /// - Precondition: there are channels enough to tell all pairs apart.
    init(headSize: Int, keys: Int) {
        (self.headSize, self.keys) = (headSize, keys)
        precondition(bits <= headSize, "FewDigits: \(headSize) channels tell no \(keys) keys apart")
    }

    private func sign(_ pair: Int, _ channel: Int) -> Float { pair >> (channel % headSize % bits) & 1 == 1 ? 1 : -1 }

    func key(_ key: Int, _ channel: Int) -> Float { sign(key / 2, channel) }

    /// Heads of a query look for other pairs.
    func query(_ query: Int, _ channel: Int) -> Float {
        factor * sign((7 * query + channel / headSize) % pairs, channel)
    }

    /// Pairs differ in so many channels at least, each of which lowers a score by twice the factor.
    private var factor: Float {
        let apart = Float(headSize / bits)
        var factor: Float = 1
        while 2 * factor * apart / Float(headSize).squareRoot() < 16 { factor *= 2 }
        return factor
    }

    static func value(_ random: Float) -> Float { (random * 1.5).rounded() }
}
