internal import Annotations
internal import ImageIO
public import Randomness

/// Pastes the objects of one image into the other, where they are (instance mixing: IMix of LIDAPS, arXiv:2404.03799,
/// section 3.3, as in its released code).
///
/// `mixed = P * pasted + (1 - P) * other`, `P` the union of the pasted masks: no scaling, no shifting, no blending.
/// Pasted objects keep their masks, which may overlap one another. Of the other image's objects remains what `P` leaves
/// visible; whoever is covered is gone. All boxes are those of the masks; objects that no detector can learn from, such as
/// what is left as a single row, are dropped from the list (`AnnotatedObject.isTrainable`).
///
/// Which of a teacher's objects are sure enough is decided before: see `ScoreThresholds`.
public struct InstanceMix: MixingStrategy, Equatable {
    /// Whose objects are pasted.
    public enum Direction: String, Sendable, CaseIterable {
        /// The teacher's objects into the source image (LIDAPS).
        case targetToSource = "target-to-source"
        /// The labelled objects into the target image (an ablation of LIDAPS).
        case sourceToTarget = "source-to-target"
    }

    public var direction: Direction
    /// An object of which a larger share is covered is dropped, in `0...1`; with 1 only those that are covered whole.
    public var maxCoveredShare: Double

    public let needsObjects = true

    public init(_ direction: Direction = .targetToSource, maxCoveredShare: Double = 1) {
        precondition((0...1).contains(maxCoveredShare), "InstanceMix: a covered share of \(maxCoveredShare)")
        self.direction = direction
        self.maxCoveredShare = maxCoveredShare
    }

    /// - Precondition: the objects of both images are known.
    public func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
        let (base, from) =
            direction == .targetToSource ? (pair.source, pair.target) : (pair.target, pair.source)
        guard let below = base.annotation.objects, let all = from.annotation.objects else {
            preconditionFailure("InstanceMix: the objects of an image are not known")
        }
        // Groups are neither pasted nor learnt from.
        let pasted = all.filter { !$0.isCrowd }
        let mask = pasted.union(height: base.image.height, width: base.image.width)
        // Labelled objects lie beside each other: a pixel that two of them claim belongs to the later one. A teacher's
        // may overlap.
        let visible = below.uncovered(
            by: mask, maxCoveredShare: maxCoveredShare, areDisjoint: direction == .targetToSource)
        return Mixture(
            base, pastes: [Paste(from, mask: mask, objects: pasted)],
            objects: (visible + pasted).trainable)
    }
}
