internal import Annotations
internal import DataLoading
internal import ImageIO
internal import Mixing

/// The images of the passes after the teacher's, the same in a step and in its preview.
extension SelfTraining {
    /// Mixtures of source and target images.
    ///
    /// - Parameters:
    ///   - confidentShare: of the pixels of the global batch, the weight of pseudo-labels.
    ///   - classes: label values that occur in the global source batch.
    func mixedBatch(
        _ batches: BatchBuilder, source: [Sample], target: [Sample], labels: [Annotation], confidentShare: Float,
        mixing: any MixingStrategy, classes: [UInt8]
    ) -> TrainingBatch {
        batches.mixedBatch(
            source: source, target: target, pseudoLabels: labels, confidentShare: confidentShare,
            mixing: mixing, classes: classes, augmentation: augmentation)
    }
}

extension MaskedConsistencyConfiguration {
    /// Images with hidden blocks.
    func batch(
        _ batches: BatchBuilder, source: [Sample], target: [Sample], labels: [Annotation], confidentShare: Float
    ) -> TrainingBatch {
        batches.maskedBatch(
            source: source, target: target, pseudoLabels: labels, confidentShare: confidentShare, images: images,
            mask: mask, augmentation: augmentation)
    }
}
