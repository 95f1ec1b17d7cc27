package import Configuration
package import DataLoading
package import Mixing

/// Instance adaptation with an EMA teacher and mixing in both directions: the second stage of UDA4Inst (Guo et al.,
/// arXiv:2405.09682), which starts from a network that was trained on the source. Defaults are those of its released
/// code, but for what is said to be ours.
package struct InstanceSelfTraining: Equatable {
    /// Largest share of the old teacher kept at an update (UDA4Inst code: 0.999). The share at step t, counted from 1,
    /// is `min(1 - 1/(t+1), emaDecay)`; the first update copies the student.
    package var emaDecay = 0.999
    /// How source and target images are mixed, how sure the teacher must be, and which objects are remembered.
    package var mixing = BidirectionalMix.Config(directions: .triplet)
    /// Whether source images take on the colours of their target images (UDA4Inst: true).
    package var colorTransfer = true
    /// A part of target images in which the teacher's objects are not trusted (UDA4Inst code: the own car of
    /// Cityscapes); nil for none.
    package var egoRegion: EgoRegionConfiguration?
    /// Whether a step leaves the weights where the teacher is sure of no object in the whole global batch (UDA4Inst
    /// code: true). Without meaning where `mixing.mixesWithoutTargetObjects`.
    package var skipsEmptySteps = true
    /// Weights of the losses of each direction, each divided by the numbers of its own images; nil for one loss of all
    /// images (UDA4Inst code), in which directions weigh as many objects as they have.
    package var directionWeights: DirectionWeights?
    /// Which target image a source image meets: `redrawn` is ours, `fixed` that of UDA4Inst's code.
    package var pairing = TargetPairing.redrawn
    /// MIC (arXiv:2212.01322) on this network: a further pass over target images with hidden blocks, from which the
    /// teacher's objects are learnt; nil for none (ours, beyond UDA4Inst).
    package var maskedConsistency: MaskedConsistencyConfiguration?

    package init() {}
}

/// What the losses of each kind of images count.
package struct DirectionWeights: Sendable, Equatable {
    /// Of source images as they are.
    package var source = 1.0
    /// Of target images with source objects.
    package var sourceToTarget = 1.0
    /// Of source images with target objects.
    package var targetToSource = 1.0

    package init() {}

    subscript(role: BidirectionalMix.Role) -> Double {
        switch role {
        case .source: source
        case .sourceToTarget: sourceToTarget
        case .targetToSource: targetToSource
        }
    }
}

extension DirectionWeights: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("source", &source, .closed(0...1e3))
        try fields.field("sourceToTarget", &sourceToTarget, .closed(0...1e3))
        try fields.field("targetToSource", &targetToSource, .closed(0...1e3))
    }
}

extension InstanceSelfTraining: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("emaDecay", &emaDecay, .closed(0...1))
        try fields.section("mixing", &mixing)
        try fields.field("colorTransfer", &colorTransfer)
        try fields.optionalSection("egoRegion", &egoRegion)
        try fields.field("skipsEmptySteps", &skipsEmptySteps)
        try fields.optionalSection("directionWeights", &directionWeights)
        try fields.field("pairing", &pairing)
        try fields.optionalSection("maskedConsistency", &maskedConsistency)
    }
}

extension TargetPairing: ConfigurationChoice {}
