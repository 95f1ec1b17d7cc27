package import DataLoading
package import DataParallel
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// `L = sum of cross-entropy over labelled pixels / number of pixels`, over the global batch, where the network has a
/// decoder of classes, and the losses of its object decoder where it has one. Where there is neither loss, as of
/// objects alone in images without any, the weights stay.
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
        let classes = output.decoded == nil ? nil : pass.loss(output, source)
        if let classes { losses.append("source", classes) }
        let objects = try pass.objectLoss(
            of: replica.network, output.features, source, step, "source", sums, &losses)
        let terms = [classes, objects].compactMap { $0 }
        guard let first = terms.first else {
            losses.isNothing = true
            return losses
        }
        try replica.backwardAndReduce(terms.dropFirst().reduce(first, +))
        return losses
    }

    package func undo() {}
}
