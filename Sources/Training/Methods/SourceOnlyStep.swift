internal import DataLoading
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// Supervised training on the labelled domain alone: the baseline of every adaptation method.
///
/// `L = sum of cross-entropy over labelled pixels / number of pixels`, over the global batch.
struct SourceOnlyStep: TrainingStep {
    let replica: Replica
    let student: StudentSeat
    let parameters: SourceOnlyConfiguration

    func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        let source = student.batches.sourceBatch(batch.source, augmentation: parameters.augmentation)
        let output = student.output(of: replica.network, source.images, step, pass: "source")
        let loss = student.supervisedLoss(output, source)
        try replica.backwardAndReduce(loss)
        var losses = StepLosses()
        losses.append("source", loss)
        return losses
    }
}
