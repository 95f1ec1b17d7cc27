public import Collectives
internal import Glibc
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
    private let layouts: [PseudoLabels.Layout]
    /// On their way from the device, not sent yet.
    private var arriving: HostBuffer?
    private var weights: PendingBox?
    /// One a labeler.
    private var incoming: [IncomingAnswer?]

    /// - Parameters:
    ///   - roles: who the teacher is. Of its students the first sends the weights: they all have the same.
    ///   - layouts: of what each labeler of the teacher says about one step of this student; mostly there is one
    ///     labeler.
    /// - Precondition: this rank is a student with a teacher.
    public init(
        world: any ProcessGroup, roles: RankRoles, parameters: ParameterSet, layouts: [PseudoLabels.Layout]
    ) {
        guard case .student(let index) = roles.role(of: world.rank), let teacher = roles.teacherRank(ofStudent: index),
            case .teacher(_, let students) = roles.role(of: teacher)
        else { preconditionFailure("StudentLink: rank \(world.rank) is not a student with a teacher") }
        self.world = world
        self.parameters = parameters
        self.layouts = layouts
        incoming = layouts.map { _ in nil }
        teacherRank = teacher
        sendsWeights = students.lowerBound == index
    }

    /// The link to a teacher with one labeler.
    public convenience init(
        world: any ProcessGroup, roles: RankRoles, parameters: ParameterSet, layout: PseudoLabels.Layout
    ) {
        self.init(world: world, roles: roles, parameters: parameters, layouts: [layout])
    }

    /// Starts to send the weights; they must stay as they are until `finishSendingWeights()`. Those in a device's memory
    /// come to the host first, beside its work, and leave in one of the calls that follow.
    public func startSendingWeights() throws(CollectiveError) {
        guard sendsWeights else { return }
        precondition(weights == nil && arriving == nil, "StudentLink: the weights are still being sent")
        arriving = .fetching(parameters.values, for: .reading)
        try sendIfHere()
    }

    private func sendIfHere() throws(CollectiveError) {
        guard let buffer = arriving, buffer.isHere else { return }
        arriving = nil
        let operation = try world.startSend(
            UnsafeBufferPointer(buffer.floats), to: teacherRank, tag: TeacherTag.weights, owner: buffer)
        weights = PendingBox(operation, on: buffer)
    }

    private func sendWhenHere() throws(CollectiveError) {
        while arriving != nil {
            try sendIfHere()
            if arriving != nil { usleep(20) }
        }
    }

    /// Waits until the weights may change. Does nothing when none are being sent.
    public func finishSendingWeights() throws(CollectiveError) {
        try sendWhenHere()
        let piece = weights
        weights = nil
        try piece?.wait()
    }

    /// Numbers of the teacher's labelers.
    public var labelers: Range<Int> { layouts.indices }

    /// Starts to receive the labels of a step, of every labeler.
    public func startReceivingLabels(step: Int) throws(CollectiveError) {
        for (labeler, layout) in layouts.enumerated() {
            precondition(
                incoming[labeler] == nil,
                "StudentLink: the labels of step \(incoming[labeler]?.step ?? 0) have not been taken")
            incoming[labeler] = try IncomingAnswer(
                world: world, from: teacherRank, labeler: labeler, layout: layout, step: step)
        }
    }

    /// Waits for the labels whose receiving was started.
    ///
    /// - Throws: also where they are not those that were asked for: of another step, of other contents, damaged. The
    ///   error names both ranks.
    public func labels(of labeler: Int = 0) throws(CollectiveError) -> PseudoLabels {
        guard let answer = incoming[labeler] else {
            preconditionFailure("StudentLink: startReceivingLabels() comes before labels()")
        }
        incoming[labeler] = nil
        try sendWhenHere()
        return try answer.wait()
    }

    /// Lets messages move on; call it now and then in long computations.
    public func progress() throws(CollectiveError) {
        try sendIfHere()
        try weights?.progress()
        for answer in incoming { try answer?.progress() }
    }
}
