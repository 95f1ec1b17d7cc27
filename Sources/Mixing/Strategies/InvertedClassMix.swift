internal import Annotations
public import Randomness

/// ClassMix the other way round: pastes half of the classes that a teacher sees in target images into the source image,
/// with the weights of pseudo-labels (an ablation of LIDAPS, "ClassMix T->S").
///
/// The pool, `MixingPair.classes`, is that of the pseudo-labels of the global batch.
public struct InvertedClassMix: MixingStrategy, Equatable {
    public init() {}

    public func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
        let drawn = ClassMix.drawClasses(from: pair.classes, using: &random)
        let mask = ClassMix.mask(of: pair.target.annotation.classes, classes: drawn)
        return Mixture(pair.source, pastes: [Paste(pair.target, mask: mask)])
    }
}
