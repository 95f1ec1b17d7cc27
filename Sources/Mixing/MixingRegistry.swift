public import ImageIO
public import Randomness

/// The ways to choose which source pixels are pasted onto a target image.
public enum MixingStrategy: String, Sendable, CaseIterable {
    /// The pixels of half of the classes.
    case classMix = "class-mix"

    /// Draws the mask of one sample; `ClassMix.mix` applies it to colours, labels and weights.
    ///
    /// - Parameters:
    ///   - label: the sample's source label.
    ///   - classes: the label values of the global source batch, ascending.
    ///   - random: one stream an image.
    public func drawMask(of label: LabelMap, classes: [UInt8], using random: inout RandomStream) -> MixMask {
        switch self {
        case .classMix: ClassMix.mask(of: label, classes: ClassMix.drawClasses(from: classes, using: &random))
        }
    }
}
