internal import DataParallel
internal import DomainAdaptation
internal import NN
internal import TensorEngine

/// What a teacher rank does in each step: averages the weights of its students and labels their target images.
final class TeacherRank {
    private let server: TeacherServer
    private let labeler: PseudoLabeler
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
    init(
        _ server: TeacherServer, _ labeler: PseudoLabeler, imagesPerStudent: Int, lag: Int, lastStep: Int,
        labelsTogether: Bool, loadTarget: @escaping (_ step: Int, _ slots: Range<Int>) throws -> Tensor
    ) {
        self.server = server
        self.labeler = labeler
        self.imagesPerStudent = imagesPerStudent
        self.lag = lag
        self.lastStep = lastStep
        self.labelsTogether = labelsTogether
        self.loadTarget = loadTarget
        incoming = Tensor.zeros([labeler.teacher.parameters.count])
    }

    /// Before the first step of a resumed run: a teacher that works ahead had labels under way.
    func resume(at step: Int) throws {
        if lag > 0 && labeler.teacher.updateCount > 0 { try sendLabels(step) }
    }

    func run(_ step: Int) throws {
        let isFirst = labeler.teacher.updateCount == 0
        try server.receiveWeights(into: incoming)
        labeler.teacher.update(from: incoming)
        if lag == 0 || isFirst { try sendLabels(step) }
        if lag > 0 && step < lastStep { try sendLabels(step + 1) }
    }

    /// Waits until the students have taken all labels.
    func finish() throws { try server.finish() }

    private func sendLabels(_ step: Int) throws {
        guard labelsTogether else {
            for student in server.students {
                let images = try loadTarget(step, slots(of: student..<student + 1))
                try server.startSending(labeler.message(about: images, step: step), toStudent: student)
            }
            return
        }
        let images = try loadTarget(step, slots(of: server.students))
        let all = labeler.message(about: images, step: step)
        for (index, student) in server.students.enumerated() {
            let part = all.images(index * imagesPerStudent..<(index + 1) * imagesPerStudent)
            try server.startSending(part, toStudent: student)
        }
    }

    private func slots(of students: Range<Int>) -> Range<Int> {
        students.lowerBound * imagesPerStudent..<students.upperBound * imagesPerStudent
    }
}
