internal import DataLoading
internal import DataParallel
internal import DomainAdaptation
internal import ImageIO
internal import Mixing
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// DAFormer's self-training (Hoyer et al., arXiv:2111.14887, section 3; DACS, arXiv:2007.08702): an EMA teacher labels
/// target images, and the student learns source images and mixtures of both domains.
///
/// Everything that couples images is over the global batch: the weight of the pseudo-labels, the classes that ClassMix
/// draws from, the number of cells of the feature distance, and the number of pixels every loss is divided by.
struct SelfTrainingStep: TrainingStep {
    let replica: Replica
    let student: StudentSeat
    let parameters: SelfTrainingConfiguration
    let teacher: any PseudoLabelProvider
    /// Only with pretrained weights.
    let featureDistance: FeatureDistance?

    func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        guard step >= parameters.sourceOnlySteps else {
            return try SourceOnlyStep(replica: replica, student: student, parameters: .init()).run(step, batch)
        }
        // The teacher averages the weights from before this step; a teacher rank labels while the source pass runs.
        replica.enter(.optimizer)
        try teacher.begin(step)

        replica.enter(.forward)
        var losses = StepLosses()
        try sourcePass(step, batch, &losses)

        replica.enter(.teacher)
        let pseudo = try teacher.pseudoLabels(step, student.batches.images(of: batch.target))
        let confidence = try student.globalShare(of: pseudo.confidentCounts.reduce(0, +))

        replica.enter(.mixing)
        let mixed = student.batches.mixedBatch(
            source: batch.source, target: batch.target, pseudoLabels: pseudo.maps, pseudoWeight: Float(confidence),
            mixing: parameters.classMix ? .classMix : nil, classes: try student.globalClasses(of: batch.source),
            augmentation: parameters.augmentation.config)
        replica.enter(.mixedForward)
        let output = replica.network(mixed.images, in: student.trainingContext(step, pass: "mixed"))
        let loss = student.supervisedLoss(output.logits, mixed)
        try replica.backwardAndReduce(loss)
        losses.append("mixed", loss)
        losses.report("confidentShare", confidence)
        return losses
    }

    /// Cross-entropy on the source images, and the distance of their features from those of the pretrained encoder.
    private func sourcePass(_ step: Int, _ batch: LoadedBatch, _ losses: inout StepLosses) throws {
        let source = student.batches.sourceBatch(batch.source)
        let images = source.images
        let output = replica.network(images, in: student.trainingContext(step, pass: "source"))
        let supervised = student.supervisedLoss(output.logits, source)
        losses.append("source", supervised)
        guard let featureDistance else { return replica.backward(supervised) }
        let reference = featureDistance.reference(images)
        let mask = batch.source.compactMap(\.labels).flatMap { labels in
            featureDistance.mask(
                labels: labels.pixels, height: labels.height, width: labels.width, rows: reference.shape[1],
                columns: reference.shape[2])
        }
        let cells = try student.globalSum(mask.reduce(0) { $0 + Double($1) })
        let sum = featureDistance.weightedSum(features: output.features[3], reference: reference, mask: mask)
        let distance = sum / Float(max(1, cells))
        losses.append("features", distance)
        replica.backward(supervised + distance)
    }
}
