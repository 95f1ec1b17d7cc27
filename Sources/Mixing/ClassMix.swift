public import ImageIO
public import Randomness

/// Which pixels of a mixed image come from the source: 1 for source, 0 for target. `[H, W, 1]`.
public typealias MixMask = PixelImage<UInt8>

/// Pastes half of the classes of a source image into a target image (ClassMix, Olsson et al., arXiv:2007.07936, as used
/// across domains by DACS, Tranheden et al., arXiv:2007.08702).
///
/// `mixed = M * source + (1 - M) * target`, for image, label and weight alike, with `M = 1` where the source's label is
/// one of the drawn classes. The ignore label 255 counts as a class, as in the reference code.
public enum ClassMix {
    /// The label values that occur in any of the labels, ascending; the ignore label included.
    public static func classes(in labels: [LabelMap]) -> [UInt8] {
        var isPresent = [Bool](repeating: false, count: 256)
        isPresent.withUnsafeMutableBufferPointer { isPresent in
            for map in labels {
                map.pixels.withUnsafeBufferPointer { values in
                    for value in values { isPresent[Int(value)] = true }
                }
            }
        }
        return (0...255).filter { isPresent[Int($0)] }
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

    /// Takes `source` where the mask is 1, else `target`. For colours, labels, weights and instance ids.
    ///
    /// - Precondition: equal heights and widths; equal channels of `source` and `target`; `mask` has one channel.
    public static func mix<Scalar>(
        source: PixelImage<Scalar>, target: PixelImage<Scalar>, mask: MixMask
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
                mask.forEachRunOfSource { run in
                    let values = run.lowerBound * channels..<run.upperBound * channels
                    _ = output[values].update(fromContentsOf: input[values])
                }
            }
        }
        return mixed
    }
}

extension MixMask {
    /// Visits the longest runs of pixels that are not 0, in order. Objects are wide, so whole runs are copied at once.
    fileprivate func forEachRunOfSource(_ body: (Range<Int>) -> Void) {
        pixels.withUnsafeBufferPointer { mask in
            var start = 0
            while start < mask.count {
                let isSource = mask[start] != 0
                var end = start &+ 1
                while end < mask.count && (mask[end] != 0) == isSource { end &+= 1 }
                if isSource { body(start..<end) }
                start = end
            }
        }
    }
}
