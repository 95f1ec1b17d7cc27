public import Collectives
public import NN
internal import TensorEngine

/// A student's side of the talk with its teacher.
///
/// The order of one step, with the weights of all students equal:
///
///     link.startSendingWeights()             // first step, and after each optimiser step
///     link.startReceivingLabels(step: t)
///     …source pass…
///     let labels = try link.labels()
///     …mixed pass, all-reduce…
///     try link.finishSendingWeights()        // before the optimiser changes them
public final class StudentLink {
    private let world: any ProcessGroup
    private let teacherRank: Int
    private let sendsWeights: Bool
    private let parameters: ParameterSet
    private let layout: PseudoLabels.Layout
    private var weights: PendingBox?
    private var incoming: (step: Int, buffer: MessageBuffer, piece: PendingBox)?

    /// - Parameters:
    ///   - roles: who the teacher is. Of its students the first sends the weights: they all have the same.
    ///   - layout: of the labels of one step of this student.
    /// - Precondition: this rank is a student with a teacher.
    public init(
        world: any ProcessGroup, roles: RankRoles, parameters: ParameterSet, layout: PseudoLabels.Layout
    ) {
        guard case .student(let index) = roles.role(of: world.rank), let teacher = roles.teacherRank(ofStudent: index),
            case .teacher(_, let students) = roles.role(of: teacher)
        else { preconditionFailure("StudentLink: rank \(world.rank) is not a student with a teacher") }
        self.world = world
        self.parameters = parameters
        self.layout = layout
        teacherRank = teacher
        sendsWeights = students.lowerBound == index
    }

    /// Starts to send the weights; they must stay as they are until `finishSendingWeights()`.
    public func startSendingWeights() throws(CollectiveError) {
        guard sendsWeights else { return }
        precondition(weights == nil, "StudentLink: the weights are still being sent")
        let buffer = HostBuffer(parameters.values, for: .reading)
        let operation = try world.startSend(
            UnsafeBufferPointer(buffer.floats), to: teacherRank, tag: TeacherTag.weights, owner: buffer)
        weights = PendingBox(operation, on: buffer)
    }

    /// Waits until the weights may change. Does nothing when none are being sent.
    public func finishSendingWeights() throws(CollectiveError) {
        let piece = weights
        weights = nil
        try piece?.wait()
    }

    /// Starts to receive the labels of a step.
    public func startReceivingLabels(step: Int) throws(CollectiveError) {
        precondition(incoming == nil, "StudentLink: the labels of step \(incoming?.step ?? 0) have not been taken")
        let buffer = MessageBuffer(byteCount: PseudoLabels.messageBytes(layout))
        let operation = try world.startReceive(
            bytes: buffer.bytes, from: teacherRank, tag: TeacherTag.labels, owner: buffer)
        incoming = (step, buffer, PendingBox(operation))
    }

    /// Waits for the labels whose receiving was started.
    ///
    /// - Throws: also when the teacher sent those of another step.
    public func labels() throws(CollectiveError) -> PseudoLabels {
        guard let (step, buffer, piece) = incoming else {
            preconditionFailure("StudentLink: startReceivingLabels() comes before labels()")
        }
        incoming = nil
        try piece.wait()
        let labels = PseudoLabels(message: Array(buffer.bytes), layout: layout)
        guard labels.step == step else {
            throw StepMismatch.error(rank: world.rank, expected: step, got: labels.step)
        }
        return labels
    }

    /// Lets messages move on; call it now and then in long computations.
    public func progress() throws(CollectiveError) {
        try weights?.progress()
        try incoming?.piece.progress()
    }
}
