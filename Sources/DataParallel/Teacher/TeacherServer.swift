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
    /// Messages of a step, over all students.
    private let messagesPerStep: Int
    private var outgoing: [PendingBox] = []

    /// - Parameter messagesPerStudent: that each student is sent for a step.
    /// - Precondition: this rank is a teacher.
    public init(world: any ProcessGroup, roles: RankRoles, messagesPerStudent: Int = 1) {
        guard case .teacher(_, let students) = roles.role(of: world.rank) else {
            preconditionFailure("TeacherServer: rank \(world.rank) is not a teacher")
        }
        self.world = world
        self.roles = roles
        self.students = students
        messagesPerStep = students.count * messagesPerStudent
    }

    /// Waits for the students' weights and writes them over `values` (`[count]`, as `ParameterSet.values`).
    public func receiveWeights(into values: Tensor) throws(CollectiveError) {
        let source = roles.rank(ofStudent: students.lowerBound)
        let buffer = HostBuffer(values, for: .writing)
        let operation = try world.startReceive(buffer.floats, from: source, tag: TeacherTag.weights, owner: buffer)
        try PendingBox(operation, on: buffer).wait()
    }

    /// Starts to send labels to one student, and waits for those of the step before.
    public func startSending(_ labels: PseudoLabels, toStudent student: Int) throws(CollectiveError) {
        precondition(students.contains(student), "TeacherServer: serves students \(students), not \(student)")
        if outgoing.count >= messagesPerStep { try outgoing.removeFirst().wait() }
        let buffer = MessageBuffer(labels.encoded())
        let operation = try world.startSend(
            bytes: UnsafeRawBufferPointer(buffer.bytes), to: roles.rank(ofStudent: student), tag: TeacherTag.labels,
            owner: buffer)
        outgoing.append(PendingBox(operation))
    }

    /// Waits until all labels have left; at the end of a run.
    public func finish() throws(CollectiveError) {
        while !outgoing.isEmpty { try outgoing.removeFirst().wait() }
    }
}
