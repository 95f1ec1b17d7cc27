internal import DataLoading
internal import ImageIO
internal import Mixing

/// The images of the passes after the teacher's, the same in a step and in its preview.
extension SelfTraining {
    /// Target images with pasted source classes.
    ///
    /// - Parameters:
    ///   - confidentShare: of the pixels of the global batch, the weight of pseudo-labels.
    ///   - classes: label values that occur in the global source batch.
    func mixedBatch(
        _ batches: BatchBuilder, source: [Sample], target: [Sample], labels: [LabelMap], confidentShare: Float,
        classes: [UInt8]
    ) -> TrainingBatch {
        batches.mixedBatch(
            source: source, target: target, pseudoLabels: labels, pseudoWeight: confidentShare,
            mixing: classMix ? .classMix : nil, classes: classes, augmentation: augmentation)
    }
}

extension MaskedConsistencyConfiguration {
    /// Images with hidden blocks.
    func batch(
        _ batches: BatchBuilder, source: [Sample], target: [Sample], labels: [LabelMap], confidentShare: Float
    ) -> TrainingBatch {
        batches.maskedBatch(
            source: source, target: target, pseudoLabels: labels, pseudoWeight: confidentShare, images: images,
            mask: mask, augmentation: augmentation)
    }
}
