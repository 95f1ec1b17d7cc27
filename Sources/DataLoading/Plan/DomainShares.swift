internal import Randomness

/// How often images of each part of a domain are drawn, where that is not as often as there are images.
public struct DomainShares: Sendable, Equatable {
    /// Images of each part; parts lie one after another.
    public let counts: [Int]
    /// Share of each part, adding up to 1.
    public let shares: [Double]

    /// - Precondition: as many shares as parts, all above 0, and no part is empty.
    public init(counts: [Int], shares: [Double]) {
        precondition(
            counts.count == shares.count && !counts.isEmpty && counts.allSatisfy { $0 > 0 }
                && shares.allSatisfy { $0 > 0 },
            "DomainShares: \(counts) images do not go with shares of \(shares)")
        self.counts = counts
        self.shares = shares
    }

    /// How often each image is drawn, adding up to 1.
    public var imageWeights: [Double] {
        zip(counts, shares).flatMap { count, share in [Double](repeating: share / Double(count), count: count) }
    }

    /// Draws a part by its share, then one of its images.
    func draw(using random: inout RandomStream) -> Int {
        let range = range(of: part(among: counts.map { _ in true }, using: &random))
        return range.lowerBound + random.integer(below: range.count)
    }

    /// The same among some images, by part; parts without any have no share.
    ///
    /// - Precondition: there is one.
    func draw(from images: [[Int]], using random: inout RandomStream) -> Int {
        let part = part(among: images.map { !$0.isEmpty }, using: &random)
        return images[part][random.integer(below: images[part].count)]
    }

    /// Images that are given in ascending order, by part.
    func parted(_ images: [Int]) -> [[Int]] {
        counts.indices.map { part in images.filter(range(of: part).contains) }
    }

    private func range(of part: Int) -> Range<Int> {
        let start = counts[..<part].reduce(0, +)
        return start..<start + counts[part]
    }

    private func part(among isOpen: [Bool], using random: inout RandomStream) -> Int {
        let open = shares.indices.filter { isOpen[$0] }
        precondition(!open.isEmpty, "DomainShares: there is no image to draw")
        var point = Double(random.next() >> 11) * 0x1p-53 * open.reduce(0) { $0 + shares[$1] }
        for part in open {
            point -= shares[part]
            if point < 0 { return part }
        }
        return open[open.count - 1]
    }
}
