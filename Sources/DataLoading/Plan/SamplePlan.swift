internal import Randomness

/// Where an image comes from: labelled source or unlabelled target.
public enum SampleDomain: String, Sendable, CaseIterable {
    case source, target
}

/// One image of one step: which, and the key of its random choices.
public struct PlannedSample: Sendable, Equatable {
    public let domain: SampleDomain
    /// Position in the data set's sorted list.
    public let index: Int
    public let step: Int
    /// Place in the global batch.
    public let slot: Int
    /// The class for whose sake a source image was drawn; nil without rare class sampling.
    public let rareClass: Int?
    /// Mirrored left to right.
    public let isFlipped: Bool

    package init(domain: SampleDomain, index: Int, step: Int, slot: Int, rareClass: Int?, isFlipped: Bool) {
        self.domain = domain
        self.index = index
        self.step = step
        self.slot = slot
        self.rareClass = rareClass
        self.isFlipped = isFlipped
    }
}

/// Which target image a source image meets, where neither is drawn by rare classes or shares.
public enum TargetPairing: String, Sendable, CaseIterable {
    /// Any two meet once before a pair comes again (DAFormer).
    case pairs
    /// Source images go round in shuffles, and each meets any target image (ours, for UDA4Inst).
    case redrawn
    /// Source images go round in shuffles, and image `i` always meets target image `i modulo their number` (UDA4Inst
    /// code): of more target images than source images the rest is never seen.
    case fixed
}

/// Which images a step uses: a pure function of (seed, step, global slot).
///
/// The global batch has one slot an image. Student `s` of a job with `b` images a student owns the slots
/// `s * b ..< (s + 1) * b`, so that the same images are used whether one rank has N of them or N ranks one each, a
/// teacher computes what its students see, and a restart needs the step and nothing else.
///
/// Without rare class sampling, the source and target images of a slot are a pair: position
/// `step * globalBatch + slot` in an endless row of shuffles of all `sourceCount * targetCount` pairs (DAFormer:
/// `source = pair / targetCount`, `target = pair % targetCount`). With it, the source comes from the sampler and the
/// target is uniform. `TargetPairing` has two other ways to pair. Where parts of a domain have shares, its images are
/// drawn by them. Without target images the row is of shuffles of the source images: every image once an epoch.
///
/// Example: `seed: 1`, 6 source images, no target, global batch 4. Two epochs are six positions each.
///
///     step                        0           1           2
///     1 rank of 4 slots      [5, 4, 1, 3] [0, 2, 1, 0] [3, 5, 2, 4]
///     2 ranks of 2 slots
///       rank 0               [5, 4]       [0, 2]       [3, 5]
///       rank 1               [1, 3]       [1, 0]       [2, 4]
public struct SamplePlan: Sendable {
    public let seed: UInt64
    /// Images of a domain in a step, over all students.
    public let globalBatch: Int
    public let sourceCount: Int
    /// 0 when the method uses no target images.
    public let targetCount: Int
    /// Chance that a crop is mirrored.
    public let flipProbability: Double
    /// nil draws all source images alike.
    public let rareClassSampler: RareClassSampler?
    /// How often parts of the source are drawn; nil draws all images alike, and so for the target.
    public let sourceShares: DomainShares?
    public let targetShares: DomainShares?
    public let pairing: TargetPairing

    /// - Precondition: there is at least one source image and one slot.
    public init(
        seed: UInt64, globalBatch: Int, sourceCount: Int, targetCount: Int = 0, flipProbability: Double = 0.5,
        rareClassSampler: RareClassSampler? = nil, sourceShares: DomainShares? = nil, targetShares: DomainShares? = nil,
        pairing: TargetPairing = .pairs
    ) {
        precondition(
            globalBatch > 0 && sourceCount > 0 && targetCount >= 0,
            "SamplePlan: needs a slot and a source image, got \(globalBatch) slots, \(sourceCount) images")
        self.seed = seed
        self.globalBatch = globalBatch
        self.sourceCount = sourceCount
        self.targetCount = targetCount
        self.flipProbability = flipProbability
        self.rareClassSampler = rareClassSampler
        self.sourceShares = sourceShares
        self.targetShares = targetShares
        self.pairing = pairing
    }

    /// The image of a slot.
    ///
    /// - Parameters:
    ///   - attempt: 0, or how many images planned before for this slot could not be read. Replacements are uniform.
    /// - Precondition: `slot` is in `0..<globalBatch`; `targetCount > 0` for the target.
    public func sample(_ domain: SampleDomain, step: Int, slot: Int, attempt: Int = 0) -> PlannedSample {
        precondition((0..<globalBatch).contains(slot), "SamplePlan: slot \(slot) is not in 0..<\(globalBatch)")
        precondition(domain == .source || targetCount > 0, "SamplePlan: there are no target images")
        let choice = choice(domain, step: step, slot: slot)
        var coin = RandomStream(seed: seed, .flip(ofDomain: domain.rawValue), step: step, rank: slot)
        return PlannedSample(
            domain: domain,
            index: attempt == 0 ? choice.index : replacement(domain, step: step, slot: slot, attempt: attempt),
            step: step, slot: slot, rareClass: attempt == 0 ? choice.rareClass : nil,
            isFlipped: Double(coin.uniform()) < flipProbability)
    }

    private func choice(_ domain: SampleDomain, step: Int, slot: Int) -> (index: Int, rareClass: Int?) {
        var random = RandomStream(seed: seed, .image(ofDomain: domain.rawValue), step: step, rank: slot)
        let shares = shares(of: domain)
        guard let rareClassSampler else {
            if let shares { return (shares.draw(using: &random), nil) }
            if domain == .target, pairing == .redrawn { return (random.integer(below: targetCount), nil) }
            let pair = pair(step: step, slot: slot)
            return (domain == .source ? pair.source : pair.target, nil)
        }
        guard domain == .source else {
            if pairing == .fixed, shares == nil {
                return (choice(.source, step: step, slot: slot).index % targetCount, nil)
            }
            return (shares?.draw(using: &random) ?? random.integer(below: targetCount), nil)
        }
        let drawn = rareClassSampler.draw(using: &random)
        return (drawn.image, drawn.trainID)
    }

    private func shares(of domain: SampleDomain) -> DomainShares? { domain == .source ? sourceShares : targetShares }

    private func pair(step: Int, slot: Int) -> (source: Int, target: Int) {
        let partners = pairing == .pairs ? max(1, targetCount) : 1
        let (epoch, position) = (step * globalBatch + slot).quotientAndRemainder(dividingBy: sourceCount * partners)
        let shuffle = KeyedPermutation(count: sourceCount * partners, seed: seed, .pairs, epoch: epoch)
        let pair = shuffle[position].quotientAndRemainder(dividingBy: partners)
        return (pair.quotient, pairing == .fixed ? pair.quotient % max(1, targetCount) : pair.remainder)
    }

    private func replacement(_ domain: SampleDomain, step: Int, slot: Int, attempt: Int) -> Int {
        var random = RandomStream(seed: seed, .replacement(ofDomain: domain.rawValue), step: step, rank: slot)
        let count = domain == .source ? sourceCount : targetCount
        var index = 0
        let shares = shares(of: domain)
        for _ in 0..<attempt { index = shares?.draw(using: &random) ?? random.integer(below: count) }
        return index
    }
}
