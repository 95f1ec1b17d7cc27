package import DataParallel
package import DomainAdaptation
internal import NN
package import TensorEngine

/// What a teacher rank does in each step: averages the weights of its students and labels their target images.
package final class TeacherRank {
    /// Of the students' weights.
    package var average: EMATeacher { teacher.average }
    private let server: TeacherServer
    private let teacher: Teacher
    /// Images of each student in a step.
    private let imagesPerStudent: Int
    private let lag: Int
    private let lastStep: Int
    /// Whether one pass takes the images of all students, as it must where batch statistics are global.
    private let labelsTogether: Bool
    private let loadTarget: (_ step: Int, _ slots: Range<Int>) throws -> Tensor
    private let incoming: Tensor

    /// - Parameters:
    ///   - lastStep: no labels are made for later steps.
    ///   - loadTarget: normalised target images of a step and slots of the global batch, `[B, H, W, 3]`.
    package init(
        _ server: TeacherServer, _ teacher: Teacher, imagesPerStudent: Int, lag: Int, lastStep: Int,
        labelsTogether: Bool, loadTarget: @escaping (_ step: Int, _ slots: Range<Int>) throws -> Tensor
    ) {
        self.server = server
        self.teacher = teacher
        self.imagesPerStudent = imagesPerStudent
        self.lag = lag
        self.lastStep = lastStep
        self.labelsTogether = labelsTogether
        self.loadTarget = loadTarget
        incoming = Tensor.zeros([teacher.average.parameters.count])
    }

    /// Before the first step of a resumed run: a teacher that works ahead had labels under way.
    package func resume(at step: Int) throws {
        if lag > 0 && teacher.average.updateCount > 0 { try sendLabels(step) }
    }

    package func run(_ step: Int) throws {
        // Of all: at a restart the labels that were sent ahead are those of the average before.
        let isFirst = teacher.average.updateCount == 0
        try server.receiveWeights(into: incoming)
        teacher.update(from: incoming, at: step)
        if lag == 0 || isFirst { try sendLabels(step) }
        if lag > 0 && step < lastStep { try sendLabels(step + 1) }
    }

    /// Waits until the students have taken all labels.
    package func finish() throws { try server.finish() }

    private func sendLabels(_ step: Int) throws {
        guard labelsTogether else {
            for student in server.students {
                let images = try loadTarget(step, slots(of: student..<student + 1))
                for (labeler, message) in teacher.messages(about: images, step: step).enumerated() {
                    try server.startSending(message, toStudent: student, of: labeler)
                }
            }
            return
        }
        let images = try loadTarget(step, slots(of: server.students))
        let all = teacher.messages(about: images, step: step)
        for (index, student) in server.students.enumerated() {
            for (labeler, message) in all.enumerated() {
                let part = message.images(index * imagesPerStudent..<(index + 1) * imagesPerStudent)
                try server.startSending(part, toStudent: student, of: labeler)
            }
        }
    }

    private func slots(of students: Range<Int>) -> Range<Int> {
        students.lowerBound * imagesPerStudent..<students.upperBound * imagesPerStudent
    }
}
