internal import Annotations
internal import ImageIO
public import Randomness

/// Pastes the objects of one domain into the image of the other, in both directions (UDA4Inst, section 3.3, as in its
/// released code where that says more).
///
/// Objects stay where they are, and all that are large enough are pasted, later ones over earlier ones: small ones with
/// the rectangle around them, large ones without (`PastingRule`). Pasted objects keep their whole masks; what lies
/// below loses the pixels that they cover. Objects of rare classes are remembered, see `RareClassPool`.
///
/// Colours are those that the images have: `ColorTransfer` comes before.
public final class BidirectionalMix: RememberingStrategy {
    /// What becomes of a slot.
    public enum Role: Sendable, CaseIterable {
        /// The source image as it is.
        case source
        /// Labelled objects in the target image.
        case sourceToTarget
        /// The teacher's objects in the source image.
        case targetToSource
    }

    public let config: Config
    /// Train ids whose objects are remembered; empty for no pool.
    public let rareClasses: Set<UInt8>
    private var pools: [Int: RareClassPool] = [:]

    /// - Parameter rareClasses: see `RareClasses.rarest`.
    public init(_ config: Config = Config(), rareClasses: Set<UInt8> = []) {
        self.config = config
        self.rareClasses = rareClasses
    }

    public var needsObjects: Bool { true }
    public var needsTargetObjects: Bool { config.directions != .sourceToTarget }

    /// By the place in the global batch, so that it does not depend on the student that has the slot.
    public func role(ofSlot slot: Int) -> Role { config.directions.role(ofSlot: slot) }

    /// - Precondition: the objects of the source are known, and where `needsTargetObjects` those of the target.
    public func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
        guard pair.source.annotation.objects != nil, !needsTargetObjects || pair.target.annotation.objects != nil else {
            preconditionFailure("BidirectionalMix: the objects of an image are not known")
        }
        var pair = pair
        let minScore = Float(config.minScore)
        pair.target.annotation.objects?.removeAll { $0.isCrowd || $0.score.map { !($0 > minScore) } ?? false }
        let isWithoutObjects = pair.target.annotation.objects?.isEmpty ?? false
        let role = isWithoutObjects && !config.mixesWithoutTargetObjects ? .source : role(ofSlot: pair.slot)
        switch role {
        case .source: return Mixture(pair.source)
        case .sourceToTarget: return sourceToTarget(pair, &random)
        case .targetToSource: return targetToSource(pair)
        }
    }

    // MARK: Directions

    private func sourceToTarget(_ pair: MixingPair, _ random: inout RandomStream) -> Mixture {
        let (height, width) = (pair.source.image.height, pair.source.image.width)
        var pasted = SourceObjects(pair.source, config)
        var pool = pool(ofSlot: pair.slot, height: height, width: width)
        let rare = pasted.entries(of: rareClasses)
        for entry in rare { pool.append(entry) }
        if rare.isEmpty && !pool.isEmpty { pasted.append(pool.draw(using: &random), config) }
        pools[pair.slot] = pool
        let covers = config.rectanglesCover ? pasted.regions : pasted.selected.map(\.mask)
        let below = pair.target.annotation.objects?.uncovered(
            by: covers.union(height: height, width: width), keepsVanished: config.keepsVanished)
        return Mixture(pair.target, pastes: pasted.pastes, known: below.map { $0 + pasted.selected })
    }

    private func targetToSource(_ pair: MixingPair) -> Mixture {
        let (height, width) = (pair.source.image.height, pair.source.image.width)
        let pasted = (pair.target.annotation.objects ?? []).filter(config.rule.pastes)
        let regions = pasted.map(config.rule.region)
        let covers = config.rectanglesCover ? regions : pasted.map(\.mask)
        let below = pair.source.annotation.objects?.filter { !$0.isCrowd }.uncovered(
            by: covers.union(height: height, width: width), keepsVanished: config.keepsVanished)
        let paste = Paste(pair.target, mask: regions.union(height: height, width: width), objects: [])
        return Mixture(pair.source, pastes: [paste], known: below.map { $0 + pasted })
    }

    // MARK: Memory

    /// What is remembered of a slot. Objects of crops of another size have no place in this one and are forgotten.
    private func pool(ofSlot slot: Int, height: Int, width: Int) -> RareClassPool {
        let entries = (pools[slot]?.entries ?? []).filter { $0.height == height && $0.width == width }
        return RareClassPool(settings, entries: entries)
    }

    private var settings: Pool { config.pool ?? Pool() }

    /// The objects that are remembered of a slot.
    public func pool(ofSlot slot: Int) -> [RareClassPool.Entry] { pools[slot]?.entries ?? [] }

    public func memory(ofSlot slot: Int) -> [UInt8] { pools[slot]?.encodedEntries() ?? [] }

    public func restore(_ memory: [UInt8], ofSlot slot: Int) throws(MixingMemoryError) {
        do throws(RareClassPoolError) {
            pools[slot] = RareClassPool(settings, entries: try RareClassPool.entries(encoded: memory))
        } catch { throw MixingMemoryError(slot: slot, error.description) }
    }
}
