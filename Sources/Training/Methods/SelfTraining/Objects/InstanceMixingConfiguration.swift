package import Configuration
package import Mixing

/// Instance mixing (IMix of LIDAPS, arXiv:2404.03799, section 3.3): one more pass, over images in which the objects of
/// one domain are pasted into the other; the network's object decoder alone learns from it.
package struct InstanceMixingConfiguration: Sendable, Equatable {
    /// Whose objects are pasted (LIDAPS: those that the teacher sees in target images).
    package var direction = InstanceMix.Direction.targetToSource
    /// How sure the teacher must be of an object (LIDAPS: 0.75 towards Cityscapes, 0.9 towards Mapillary Vistas).
    package var threshold = InstanceThreshold.fixed(0.75)
    /// Objects of which a larger share is covered by pasted ones are dropped (LIDAPS: only those that are covered
    /// whole).
    package var maxCoveredShare = 1.0
    /// The first step with it (LIDAPS: 40,000 of 50,000).
    package var from = 0

    package init() {}

    /// UDA4Inst's mixing in place of LIDAPS'; `direction` and `maxCoveredShare` then have no meaning, and the teacher
    /// must be as sure as `threshold` says. nil for LIDAPS'.
    package var bidirectional: BidirectionalMix.Config?

    /// What makes the strategy of the pass.
    var setting: any MixingSetting {
        guard var bidirectional else { return InstanceMix(direction, maxCoveredShare: maxCoveredShare) }
        bidirectional.minScore = 0
        return bidirectional
    }

    /// The key of `bidirectional`.
    static let bidirectionalKey = "method.instanceMixing.bidirectional"
}

extension InstanceMixingConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("direction", &direction)
        try fields.variant("threshold", &threshold)
        try fields.field("maxCoveredShare", &maxCoveredShare, .closed(0...1))
        try fields.field("from", &from, .steps(from: 0))
        try fields.optionalSection("bidirectional", &bidirectional)
    }
}

/// A second mixed pass with the classes of target images in source images (LIDAPS, ablation "ClassMix T->S").
package struct InvertedClassMixConfiguration: Sendable, Equatable {
    /// The first step with it.
    package var from = 0

    package init() {}
    package init(from: Int) { self.from = from }
}

extension InvertedClassMixConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("from", &from, .steps(from: 0))
    }
}
