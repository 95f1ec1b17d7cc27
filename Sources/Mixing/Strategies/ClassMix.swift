internal import Annotations
package import Configuration
public import ImageIO
public import Randomness

/// Pastes half of the classes of a source image into a target image (ClassMix, Olsson et al., arXiv:2007.07936, as used
/// across domains by DACS, Tranheden et al., arXiv:2007.08702).
///
/// `mixed = M * source + (1 - M) * target`, for image, label and weight alike, with `M = 1` where the source's label is
/// one of the drawn classes. `Annotation.ignored` counts as a class, as in the reference code.
public struct ClassMix: MixingStrategy, Equatable {
    public init() {}

    public func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
        let drawn = Self.drawClasses(from: pair.classes, using: &random)
        let mask = Self.mask(of: pair.source.annotation.classes, classes: drawn)
        return Mixture(pair.target, pastes: [Paste(pair.source, mask: mask)])
    }

    /// Draws half of the classes, rounded up, without replacement.
    ///
    /// - Parameters:
    ///   - candidates: the classes of the whole global batch, ascending; a drawn class need not occur in the sample.
    ///   - random: one stream an image.
    public static func drawClasses(from candidates: [UInt8], using random: inout RandomStream) -> [UInt8] {
        random.choose((candidates.count + 1) / 2, from: candidates)
    }

    /// The mask `M`: 1 where the label is one of `classes`, else 0.
    public static func mask(of labels: LabelMap, classes: [UInt8]) -> MixMask {
        var isDrawn = [UInt8](repeating: 0, count: 256)
        for label in classes { isDrawn[Int(label)] = 1 }
        return MixMask(
            height: labels.height, width: labels.width, channels: 1, pixels: labels.pixels.map { isDrawn[Int($0)] })
    }
}

extension ClassMix: MixingSetting {
    package func makeStrategy(_ facts: MixingFacts, keyPath: String) -> any MixingStrategy { self }
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {}
}
