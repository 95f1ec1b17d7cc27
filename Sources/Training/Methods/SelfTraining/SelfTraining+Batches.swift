internal import Annotations
internal import DataLoading
internal import ImageIO
internal import Mixing

/// The images of the passes after the teacher's, the same in a step and in its preview.
extension SelfTraining {
    /// Source images with target classes: `ClassMix` the other way round.
    ///
    /// - Parameter classes: that the teacher sees in the global target batch.
    func invertedBatch(
        _ batches: BatchBuilder, source: [Sample], target: [Sample], labels: [Annotation], confidentShare: Float,
        classes: [UInt8]
    ) -> TrainingBatch {
        batches.mixedBatch(
            source: source, target: target, pseudoLabels: labels, confidentShare: confidentShare,
            mixing: InvertedClassMix(), classes: classes, augmentation: augmentation, pass: .inverted)
    }

    /// Images with the objects of the other domain, in their own colours.
    ///
    /// - Parameter objects: of the target images.
    func objectBatch(
        _ batches: BatchBuilder, source: [Sample], target: [Sample], objects: [[AnnotatedObject]],
        _ mixing: any MixingStrategy
    ) -> TrainingBatch {
        let labels = zip(target, objects).map { sample, objects in
            Annotation(
                classes: LabelMap(
                    height: sample.image.height, width: sample.image.width, channels: 1, filledWith: Annotation.ignored),
                objects: objects)
        }
        return batches.mixedBatch(
            source: source, target: target, pseudoLabels: labels, confidentShare: 0, mixing: mixing, classes: [],
            augmentation: nil, pass: .objects)
    }

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
