public import Annotations
public import DataLoading
internal import ImageIO
public import Mixing

internal import Randomness

/// Whose images the masked pass of MIC looks at.
public enum MaskedImages: String, Sendable, CaseIterable {
    /// Every target image (MIC, towards Cityscapes).
    case target
    /// The source image of every even slot of the global batch, the target image of every odd one. Half of each, as in
    /// MIC's clear-to-adverse-weather runs, whose batch of two takes the first image of each domain.
    case sourceAndTarget = "source-and-target"
}

extension BatchBuilder {
    /// Images with hidden blocks (MIC, section 3.2): target images with their pseudo-labels, and source images with
    /// their labels where the mode asks for them.
    ///
    /// Colours first, blocks last: hidden pixels are 0, the mean colour, whatever the augmentation did. Pixels of
    /// target images weigh `confidentShare` times their validity, source pixels 1.
    ///
    /// - Parameters:
    ///   - source: one sample a slot.
    ///   - target: of the same slots, in the same order.
    ///   - pseudoLabels: of `target`.
    ///   - confidentShare: share of confident pixels of the global batch, in `0...1`.
    ///   - augmentation: with coins of its own; order and blur are one for the batch. nil for none.
    public func maskedBatch(
        source: [Sample], target: [Sample], pseudoLabels: [Annotation], confidentShare: Float, images: MaskedImages,
        mask: BlockMask.Config, augmentation: StrongAugmentation.Config?
    ) -> TrainingBatch {
        Self.requireSameSlots(source, target, pseudoLabels)
        let chosen = target.indices.map { index -> (sample: Sample, annotation: Annotation, weights: [Float]?) in
            guard images == .target || target[index].planned.slot % 2 == 1 else {
                return (source[index], Self.sourceAnnotation(source[index]), nil)
            }
            return (target[index], pseudoLabels[index], weight(of: target[index], confidentShare))
        }
        let samples = chosen.map(\.sample)
        let (height, width) = (target.first?.image.height ?? 0, target.first?.image.width ?? 0)
        var pixels = augmented(
            samples.map(\.image), samples.map(\.planned), augmentation, pass: "masked", sharing: true)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for (index, sample) in samples.enumerated() {
                var random = RandomStream(seed: seed, .masking, step: sample.planned.step, rank: sample.planned.slot)
                let size = height * width * 3
                BlockMask(mask, height: height, width: width, using: &random).hide(
                    in: UnsafeMutableBufferPointer(rebasing: pixels[index * size..<(index + 1) * size]),
                    height: height, width: width)
            }
        }
        return TrainingBatch(
            chosen.map(\.annotation), weights: chosen.map(\.weights), height: height, width: width, pixels: pixels)
    }
}
