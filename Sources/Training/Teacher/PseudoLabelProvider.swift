package import DataParallel
internal import DomainAdaptation
package import TensorEngine

/// Where a student gets its pseudo-labels from: a teacher of its own, or a teacher rank.
///
/// Labels of step `t` come from the average of the weights of all steps of self-training up to `t - lag`, and of the
/// first step in any case.
package protocol PseudoLabelProvider {
    /// What a run that goes on must find again of it on this rank.
    var parts: [any CheckpointPart] { get }
    /// Hands over the weights from before the losses of a step; they may not change before `messages` returns.
    func begin(_ step: Int) throws
    /// What each labeler says of the student's target images `[B, H, W, 3]`, in the order of its slots.
    func messages(_ step: Int, _ images: Tensor) throws -> [PseudoLabels]
}

/// The EMA teacher inside a student: for single processes, and for jobs without teacher ranks.
package final class LocalTeacher: PseudoLabelProvider {
    private let teacher: Teacher
    /// The student's flat weights.
    private let student: Tensor
    private let lag: Int

    package init(_ teacher: Teacher, student: Tensor, lag: Int) {
        self.teacher = teacher
        self.student = student
        self.lag = lag
    }

    package var parts: [any CheckpointPart] { [teacher.average] }

    /// Whether this step's weights are averaged in only after its labels are made.
    private var isLate: Bool { lag > 0 && teacher.average.updateCount > 0 }
    private var updatesLate = false

    package func begin(_ step: Int) {
        updatesLate = isLate
        if !updatesLate { teacher.update(from: student, at: step) }
    }

    package func messages(_ step: Int, _ images: Tensor) -> [PseudoLabels] {
        let messages = teacher.messages(about: images, step: step)
        if updatesLate { teacher.update(from: student, at: step) }
        return messages
    }
}

/// A student's line to its teacher rank.
package final class RemoteTeacher: PseudoLabelProvider {
    private let link: StudentLink

    package init(_ link: StudentLink) { self.link = link }

    /// The teacher rank keeps the average.
    package var parts: [any CheckpointPart] { [] }

    package func begin(_ step: Int) throws {
        try link.startSendingWeights()
        try link.startReceivingLabels(step: step)
    }

    package func messages(_ step: Int, _ images: Tensor) throws -> [PseudoLabels] {
        let messages = try link.labelers.map { try link.labels(of: $0) }
        try link.finishSendingWeights()
        return messages
    }
}
