package import DataLoading
package import DataParallel
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// `L = sum of cross-entropy over labelled pixels / number of pixels`, over the global batch, and the losses of the
/// network's object decoder where it has one.
package struct SourceOnlyStep: TrainingStep {
    let replica: Replica
    let seat: StudentSeat
    let sums: GlobalSums
    let pass: TrainingPass
    let parameters: SourceOnly

    package init(_ student: StudentAssembly, _ parameters: SourceOnly) {
        (replica, seat, sums, pass) = (student.replica, student.seat, student.sums, student.pass)
        self.parameters = parameters
    }

    /// Nothing lasts longer than a step.
    package var parts: [any CheckpointPart] { [] }

    package func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        let source = seat.batches.sourceBatch(batch.source, augmentation: parameters.augmentation)
        let output = pass.output(of: replica.network, source.images, step, "source")
        var losses = StepLosses()
        var loss = pass.loss(output, source)
        losses.append("source", loss)
        if let objects = try pass.objectLoss(
            of: replica.network, output.features, source, step, "source", sums, &losses)
        {
            loss = loss + objects
        }
        try replica.backwardAndReduce(loss)
        return losses
    }

    package func undo() {}
}
