internal import Annotations
internal import DataLoading
internal import DataParallel
internal import DomainAdaptation
internal import ImageIO
internal import Mixing
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// Self-training as in DAFormer (Hoyer et al., arXiv:2111.14887, section 3; DACS, arXiv:2007.08702): an EMA teacher labels
/// target images, and the student learns source images and mixtures of both domains.
///
/// `L = L_source + L_features + L_text + L_mixed + L_masked`, each with its own weight; gradients of all passes add up.
/// MIC adds the masked pass, CoPT the distance from text, HRDA a network of two resolutions; each works with and without
/// the others.
///
/// Everything that couples images is over the global batch: the weight of the pseudo-labels, the classes that ClassMix
/// draws from, the cells of the feature distance, the class features that text is compared with, and the number of
/// pixels every loss is divided by.
struct SelfTrainingStep: TrainingStep {
    let replica: Replica
    let student: StudentSeat
    let parameters: SelfTrainingConfiguration
    let mixing: any MixingStrategy
    let teacher: any PseudoLabelProvider
    /// Only with pretrained weights.
    let featureDistance: FeatureDistance?
    /// Only with a table of class embeddings.
    let textAlignment: AlignedClassFeatures?

    func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        textAlignment?.begin()
        var losses = StepLosses()
        guard step >= parameters.sourceOnlySteps else {
            try replica.backwardAndReduce(sourceLoss(step, batch, &losses))
            return losses
        }
        // The teacher averages the weights from before this step; a teacher rank labels while the source pass runs.
        replica.enter(.optimizer)
        try teacher.begin(step)

        replica.enter(.forward)
        replica.backward(try sourceLoss(step, batch, &losses))

        replica.enter(.teacher)
        let targetImages = student.batches.images(of: batch.target)
        let pseudo = try teacher.pseudoLabels(step, targetImages)
        let confidence = try student.globalShare(of: pseudo.confidentCounts.reduce(0, +))
        losses.report("confidentShare", confidence)
        let labels = pseudo.annotations

        replica.enter(.forward)
        if let loss = try targetTextLoss(step, targetImages, labels, &losses) { replica.backward(loss) }

        let mixed = try mixedLoss(step, batch, labels, Float(confidence), &losses)
        guard let masking = parameters.maskedConsistency else {
            try replica.backwardAndReduce(mixed)
            return losses
        }
        replica.backward(mixed)
        try replica.backwardAndReduce(maskedLoss(step, batch, labels, Float(confidence), masking, &losses))
        return losses
    }

    func undo() { textAlignment?.undo() }

    /// Cross-entropy on the source images, the distance of their features from those of the pretrained encoder, and the
    /// distance of their classes from text.
    private func sourceLoss(_ step: Int, _ batch: LoadedBatch, _ losses: inout StepLosses) throws -> Tensor {
        let source = student.batches.sourceBatch(batch.source)
        let images = source.images
        let output = student.output(of: replica.network, images, step, pass: "source")
        var sum = student.supervisedLoss(output, source)
        losses.append("source", sum)
        if let distance = try featureLoss(output.features[3], images, source) {
            losses.append("features", distance)
            sum = sum + distance
        }
        if let textAlignment, textAlignment.features != .target {
            let labels = batch.source.compactMap(\.labels)
            if let loss = try textAlignment.loss(output.features[3], labels, over: student, &losses) {
                sum = sum + loss
            }
        }
        return sum
    }

    private func featureLoss(_ features: Tensor, _ images: Tensor, _ source: TrainingBatch) throws -> Tensor? {
        guard let featureDistance else { return nil }
        let reference = featureDistance.reference(replica.network.featureImages(images))
        let mask = featureDistance.mask(
            labels: source.targets, rows: reference.shape[1], columns: reference.shape[2])
        let cells = try student.globalSum(mask.sum())
        let sum = featureDistance.weightedSum(features: features, reference: reference, mask: mask)
        return sum / Tensor.maximum(cells, Tensor(1))
    }

    /// The distance from text of the classes that the teacher sees in clean target images.
    private func targetTextLoss(
        _ step: Int, _ images: Tensor, _ labels: [Annotation], _ losses: inout StepLosses
    ) throws -> Tensor? {
        guard let textAlignment, textAlignment.features != .source else { return nil }
        let features = replica.network.features(images, in: student.trainingContext(step, pass: "target text"))
        return try textAlignment.loss(features[3], labels.map(\.classes), over: student, &losses)
    }

    /// Cross-entropy on mixtures of source and target images.
    private func mixedLoss(
        _ step: Int, _ batch: LoadedBatch, _ labels: [Annotation], _ confidence: Float, _ losses: inout StepLosses
    ) throws -> Tensor {
        replica.enter(.mixing)
        let mixed = student.batches.mixedBatch(
            source: batch.source, target: batch.target, pseudoLabels: labels, pseudoWeight: confidence,
            mixing: mixing, classes: try student.globalClasses(of: batch.source),
            augmentation: parameters.augmentation)
        replica.enter(.mixedForward)
        let output = student.output(of: replica.network, mixed.images, step, pass: "mixed")
        let loss = student.supervisedLoss(output, mixed)
        losses.append("mixed", loss)
        return loss
    }

    /// Cross-entropy on images with hidden blocks (MIC, arXiv:2212.01322, section 3.2).
    private func maskedLoss(
        _ step: Int, _ batch: LoadedBatch, _ labels: [Annotation], _ confidence: Float,
        _ masking: MaskedConsistencyConfiguration, _ losses: inout StepLosses
    ) -> Tensor {
        replica.enter(.mixing)
        let masked = student.batches.maskedBatch(
            source: batch.source, target: batch.target, pseudoLabels: labels, pseudoWeight: confidence,
            images: masking.images, mask: masking.mask, augmentation: masking.augmentation)
        replica.enter(.maskedForward)
        let output = student.output(of: replica.network, masked.images, step, pass: "masked")
        let loss = student.supervisedLoss(output, masked) * Float(masking.lossWeight)
        losses.append("masked", loss)
        return loss
    }
}
