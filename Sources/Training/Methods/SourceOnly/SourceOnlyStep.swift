package import DataLoading
package import DataParallel
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// `L = sum of cross-entropy over labelled pixels / number of pixels`, over the global batch.
package struct SourceOnlyStep: TrainingStep {
    let replica: Replica
    let seat: StudentSeat
    let pass: TrainingPass
    let parameters: SourceOnly

    package init(_ student: StudentAssembly, _ parameters: SourceOnly) {
        (replica, seat, pass) = (student.replica, student.seat, student.pass)
        self.parameters = parameters
    }

    /// Nothing lasts longer than a step.
    package var parts: [any CheckpointPart] { [] }

    package func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        let source = seat.batches.sourceBatch(batch.source, augmentation: parameters.augmentation)
        let output = pass.output(of: replica.network, source.images, step, "source")
        let loss = pass.loss(output, source)
        try replica.backwardAndReduce(loss)
        var losses = StepLosses()
        losses.append("source", loss)
        return losses
    }

    package func undo() {}
}
