internal import Annotations
internal import Basics
package import DataLoading
package import DataParallel
internal import Mixing
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// The second stage of UDA4Inst (arXiv:2405.09682, section 3; order and numbers of its released code): a third of the
/// images are labelled source images, a third target images with source objects, a third source images with the objects
/// that an EMA teacher is sure of; one pass over all, one loss of the object decoder.
///
/// Everything that couples images is over the global batch: the numbers by which the losses are divided, and whether
/// anything is learnt at all. What is remembered of rare objects belongs to a slot.
package struct InstanceSelfTrainingStep: TrainingStep {
    let replica: Replica
    let seat: StudentSeat
    let sums: GlobalSums
    let pass: TrainingPass
    let parameters: InstanceSelfTraining
    let mixing: BidirectionalMix
    let teacher: any PseudoLabelProvider
    let silence: TeacherSilence
    private let egoRegion: EgoRegion?

    package init(
        _ student: StudentAssembly, _ parameters: InstanceSelfTraining, teacher: any PseudoLabelProvider
    ) throws {
        (replica, seat, sums, pass) = (student.replica, student.seat, student.sums, student.pass)
        try parameters.requireDirections(imagesPerStudent: student.seat.slots.count)
        self.parameters = parameters
        self.teacher = teacher
        let rare: Set<UInt8> =
            switch student.materials {
            case .files: try parameters.mixing.rareClasses(student.mixing, keyPath: "method.mixing.pool")
            case .drawn where student.mixing.objectCounts == nil: []
            case .drawn: try parameters.mixing.rareClasses(student.mixing, keyPath: "method.mixing.pool")
            }
        mixing = BidirectionalMix(parameters.mixing, rareClasses: rare)
        egoRegion = try parameters.ownCar
        silence = TeacherSilence(isReported: student.seat.slots.lowerBound == 0)
    }

    package var parts: [any CheckpointPart] {
        let memory = MixingMemory(of: mixing, slots: seat.slots)
        return teacher.parts + [silence] + (memory.map { [$0] } ?? [])
    }

    package func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        // The teacher averages the weights from before this step.
        replica.enter(.optimizer)
        try teacher.begin(step)
        replica.enter(.teacher)
        let messages = try teacher.messages(step, seat.batches.images(of: batch.target))
        let sure = parameters.trusted(messages[0].objects, in: batch.target, egoRegion)

        var losses = StepLosses()
        var counts = [Double(sure.reduce(0) { $0 + $1.count }), Double(sure.count { $0.isEmpty })]
        try sums.makeGlobal(&counts)
        losses.report("sureObjects", counts[0])
        silence.hear(objects: Int(counts[0]))
        guard counts[0] > 0 || !parameters.skipsEmptySteps || parameters.mixing.mixesWithoutTargetObjects else {
            losses.isNothing = true
            return losses
        }
        replica.enter(.mixing)
        let mixed = parameters.mixedBatch(
            seat.batches, source: batch.source, target: batch.target, objects: sure, mixing)
        replica.enter(.mixedForward)
        guard var loss = try loss(of: mixed, step, &losses) else {
            losses.isNothing = true
            return losses
        }
        // An image of which the teacher is sure of nothing would teach that there is nothing.
        if let masking = parameters.maskedConsistency, counts[1] == 0 {
            replica.enter(.mixing)
            let masked = parameters.maskedBatch(
                seat.batches, masking, source: batch.source, target: batch.target, objects: sure)
            replica.enter(.maskedForward)
            if let more = try maskedLoss(of: masked, masking, step, &losses) { loss = loss + more }
        }
        try replica.backwardAndReduce(loss)
        return losses
    }

    /// What mixing remembers was decided by images alone.
    package func undo() {}

    /// nil where an image of the global batch has no object, and the decoder learns nothing from such images.
    private func loss(of batch: TrainingBatch, _ step: Int, _ losses: inout StepLosses) throws -> Tensor? {
        let output = pass.output(of: replica.network, batch.images, step, Self.name)
        guard let weights = parameters.directionWeights else {
            return try pass.objectLoss(
                of: replica.network, output.features, batch, step, Self.name, sums, &losses)
        }
        var sum: Tensor?
        for role in BidirectionalMix.Role.allCases {
            let places = seat.slots.enumerated().filter { mixing.role(ofSlot: $0.element) == role }.map(\.offset)
            // By the slots' numbers, which every student has some of: all find the same.
            guard !places.isEmpty else { continue }
            var terms = StepLosses()
            let loss = try pass.objectLoss(
                of: replica.network, output.features, batch, step, "\(Self.name) \(role)", prefix: "\(role).",
                places: places, sums, &terms)
            guard let loss else { continue }
            let weighted = loss * Float(weights[role])
            losses.append("\(role)", weighted)
            sum = sum.map { $0 + weighted } ?? weighted
        }
        return sum
    }

    /// nil where the decoder learns nothing from an image of the global batch.
    private func maskedLoss(
        of batch: TrainingBatch, _ masking: MaskedConsistencyConfiguration, _ step: Int, _ losses: inout StepLosses
    ) throws -> Tensor? {
        let output = pass.output(of: replica.network, batch.images, step, "masked")
        var terms = StepLosses()
        guard
            let loss = try pass.objectLoss(
                of: replica.network, output.features, batch, step, "masked", sums, &terms)
        else { return nil }
        let weighted = loss * Float(masking.lossWeight)
        losses.append("masked", weighted)
        return weighted
    }

    /// The pass in the names of draws.
    private static let name = "mixed"
}

/// How long a teacher has been sure of nothing: a run in which nothing of the target is learnt must not go on in
/// silence.
package final class TeacherSilence: CheckpointPart {
    /// Steps in a row without an object in any target image of the global batch.
    package private(set) var steps = 0
    private var stepsBefore = 0
    /// Whether this rank says so.
    private let isReported: Bool
    /// Steps between two warnings.
    private static let patience = 1000

    init(isReported: Bool) { self.isReported = isReported }

    func hear(objects: Int) {
        steps = objects > 0 ? 0 : steps + 1
        guard isReported, steps > 0, steps.isMultiple(of: Self.patience) else { return }
        StandardError.write(
            "warning: the teacher has been sure of no object in \(steps) steps, and nothing of the target is learnt; lower "
                + "method.mixing.minScore, or begin with weights that were trained longer on the source\n")
    }

    package var partName: String { "how long the teacher has been sure of nothing" }

    package func visit(_ state: inout PartState) throws(CheckpointError) {
        try state.number("silentSteps", &steps)
    }

    package func rememberStep() { stepsBefore = steps }
    package func takeBackStep() { steps = stepsBefore }
}
