public import Collectives
public import TensorEngine

/// A teacher's side of the talk with its students.
///
/// The order of one step:
///
///     try server.receiveWeights(into: studentValues)   // then the EMA step
///     for student in server.students { try server.startSending(labels, toStudent: student) }
public final class TeacherServer {
    /// Indices of the students it serves.
    public let students: Range<Int>
    private let world: any ProcessGroup
    private let roles: RankRoles
    /// What is on its way, by student and labeler.
    private var outgoing: [Destination: [PendingBox]] = [:]

    private struct Destination: Hashable {
        let student: Int
        let labeler: Int
    }

    /// - Precondition: this rank is a teacher.
    public init(world: any ProcessGroup, roles: RankRoles) {
        guard case .teacher(_, let students) = roles.role(of: world.rank) else {
            preconditionFailure("TeacherServer: rank \(world.rank) is not a teacher")
        }
        self.world = world
        self.roles = roles
        self.students = students
    }

    /// Waits for the students' weights and writes them over `values` (`[count]`, as `ParameterSet.values`).
    public func receiveWeights(into values: Tensor) throws(CollectiveError) {
        let source = roles.rank(ofStudent: students.lowerBound)
        let buffer = HostBuffer(values, for: .writing)
        let operation = try world.startReceive(buffer.floats, from: source, tag: TeacherTag.weights, owner: buffer)
        try PendingBox(operation, on: buffer).wait()
    }

    /// Starts to send what a labeler says to one student, and waits for what that labeler sent it in the step before.
    ///
    /// - Parameter labeler: which of the student's layouts `labels` have.
    public func startSending(
        _ labels: PseudoLabels, toStudent student: Int, of labeler: Int = 0
    ) throws(CollectiveError) {
        precondition(students.contains(student), "TeacherServer: serves students \(students), not \(student)")
        let destination = Destination(student: student, labeler: labeler)
        try finish(destination)
        let (first, second) = labels.encoded(labeler: labeler)
        let tags = TeacherTag.answer(ofLabeler: labeler)
        outgoing[destination] = [try startSending(first, toStudent: student, tag: tags.first)]
        if !second.isEmpty {
            outgoing[destination]?.append(try startSending(second, toStudent: student, tag: tags.second))
        }
    }

    private func startSending(
        _ message: [UInt8], toStudent student: Int, tag: Int
    ) throws(CollectiveError) -> PendingBox {
        let buffer = MessageBuffer(message)
        return PendingBox(
            try world.startSend(
                bytes: UnsafeRawBufferPointer(buffer.bytes), to: roles.rank(ofStudent: student), tag: tag, owner: buffer
            ))
    }

    private func finish(_ destination: Destination) throws(CollectiveError) {
        for piece in outgoing.removeValue(forKey: destination) ?? [] { try piece.wait() }
    }

    /// Waits until all labels have left; at the end of a run.
    public func finish() throws(CollectiveError) {
        for destination in Array(outgoing.keys) { try finish(destination) }
    }
}
