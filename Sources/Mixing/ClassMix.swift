public import ImageIO
public import Randomness

/// Pastes half of the classes of a source image into a target image (ClassMix, Olsson et al., arXiv:2007.07936, as used
/// across domains by DACS, Tranheden et al., arXiv:2007.08702).
///
/// `mixed = M * source + (1 - M) * target`, for image, label and weight alike, with `M = 1` where the source's label is
/// one of the drawn classes. The ignore label 255 counts as a class, as in the reference code.
public enum ClassMix {
    /// The label values that occur, ascending; the ignore label included.
    public static func classes(in labels: [LabelMap]) -> [UInt8] {
        var isPresent = [Bool](repeating: false, count: 256)
        for map in labels { for label in map.pixels { isPresent[Int(label)] = true } }
        return (0..<256).filter { isPresent[$0] }.map { UInt8($0) }
    }

    /// Draws half of the classes, rounded up, without replacement.
    ///
    /// - Parameters:
    ///   - candidates: the classes of the whole global batch, ascending.
    ///   - random: one stream an image.
    public static func drawClasses(from candidates: [UInt8], using random: inout RandomStream) -> [UInt8] {
        random.choose((candidates.count + 1) / 2, from: candidates)
    }

    /// The mask `M`: 1 where the label is one of `classes`, else 0. `[H, W, 1]`.
    public static func mask(of labels: LabelMap, classes: [UInt8]) -> PixelImage<UInt8> {
        var isDrawn = [UInt8](repeating: 0, count: 256)
        for label in classes { isDrawn[Int(label)] = 1 }
        return PixelImage(
            height: labels.height, width: labels.width, channels: 1, pixels: labels.pixels.map { isDrawn[Int($0)] })
    }

    /// Takes `source` where the mask is 1, else `target`. For colours, labels, weights and instance ids.
    ///
    /// - Precondition: equal heights and widths; equal channels of `source` and `target`; `mask` has one channel.
    public static func mix<Scalar>(
        source: PixelImage<Scalar>, target: PixelImage<Scalar>, mask: PixelImage<UInt8>
    ) -> PixelImage<Scalar> {
        precondition(
            source.height == target.height && source.width == target.width && source.channels == target.channels
                && mask.height == source.height && mask.width == source.width && mask.channels == 1,
            "ClassMix: source \(source.height)x\(source.width), target \(target.height)x\(target.width) and mask "
                + "\(mask.height)x\(mask.width) do not fit")
        let channels = source.channels
        var mixed = target
        mixed.pixels.withUnsafeMutableBufferPointer { output in
            source.pixels.withUnsafeBufferPointer { input in
                for (pixel, isSource) in mask.pixels.enumerated() where isSource != 0 {
                    for c in pixel &* channels..<(pixel &+ 1) &* channels { output[c] = input[c] }
                }
            }
        }
        return mixed
    }
}
