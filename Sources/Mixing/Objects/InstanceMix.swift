internal import Annotations
package import Configuration
internal import ImageIO
public import Randomness

/// Pastes the objects of one image into the other, where they are (instance mixing: IMix of LIDAPS, arXiv:2404.03799,
/// section 3.3, as in its released code).
///
/// `mixed = P * pasted + (1 - P) * other`, `P` the union of the pasted masks: no scaling, no shifting, no blending.
/// Pasted objects keep their masks, which may overlap one another. Of the other image's objects remains what `P` leaves
/// visible; whoever is covered is gone. All boxes are those of the masks; objects that no detector can learn from, such
/// as what is left as a single row, are dropped from the list (`AnnotatedObject.isTrainable`).
///
/// Which of a teacher's objects are sure enough is `minScore`, or decided before: see `ScoreThresholds`.
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
    /// Objects that are pasted need a score above this, in `0...1`; with 0 all are.
    public var minScore: Double

    public var needsObjects: Bool { true }
    public var needsTargetObjects: Bool { direction == .targetToSource }

    public init() { self.init(.targetToSource) }

    public init(_ direction: Direction, maxCoveredShare: Double = 1, minScore: Double = 0) {
        precondition((0...1).contains(maxCoveredShare), "InstanceMix: a covered share of \(maxCoveredShare)")
        self.direction = direction
        self.maxCoveredShare = maxCoveredShare
        self.minScore = minScore
    }

    /// - Precondition: the objects of both images are known; from source to target those of the source are enough.
    public func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
        let (base, from) =
            direction == .targetToSource ? (pair.source, pair.target) : (pair.target, pair.source)
        guard let all = from.annotation.objects, base.annotation.objects != nil || !needsTargetObjects else {
            preconditionFailure("InstanceMix: the objects of an image are not known")
        }
        // Groups are neither pasted nor learnt from.
        let pasted = all.filter { !$0.isCrowd && isSure($0) }
        let mask = pasted.union(height: base.image.height, width: base.image.width)
        // Labelled objects lie beside each other: a pixel that two of them claim belongs to the later one. A teacher's
        // may overlap.
        let visible = base.annotation.objects?.uncovered(
            by: mask, maxCoveredShare: maxCoveredShare, areDisjoint: direction == .targetToSource)
        return Mixture(
            base, pastes: [Paste(from, mask: mask, objects: [])], known: visible.map { ($0 + pasted).trainable })
    }

    private func isSure(_ object: AnnotatedObject) -> Bool {
        minScore == 0 || object.score.map { Double($0) > minScore } ?? true
    }
}

extension InstanceMix: MixingSetting {
    package func makeStrategy(_ facts: MixingFacts, keyPath: String) -> any MixingStrategy { self }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("direction", &direction)
        try fields.field("maxCoveredShare", &maxCoveredShare, .closed(0...1))
        try fields.field("minScore", &minScore, .closed(0...1))
    }
}

extension InstanceMix.Direction: ConfigurationChoice {}
