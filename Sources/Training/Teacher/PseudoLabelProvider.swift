internal import DataParallel
internal import DomainAdaptation
internal import TensorEngine

/// Where a student gets its pseudo-labels from: a teacher of its own, or a teacher rank.
///
/// Labels of step `t` come from the average of the weights of all steps of self-training up to `t - lag`, and of the
/// first step in any case.
protocol PseudoLabelProvider {
    /// Hands over the weights from before the losses of a step; they may not change before `pseudoLabels` returns.
    func begin(_ step: Int) throws
    /// Labels of the student's target images `[B, H, W, 3]`, in the order of its slots.
    func pseudoLabels(_ step: Int, _ images: Tensor) throws -> PseudoLabels
}

/// The EMA teacher inside a student: for single processes, and for jobs without teacher ranks.
final class LocalTeacher: PseudoLabelProvider {
    private let labeler: PseudoLabeler
    /// The student's flat weights.
    private let student: Tensor
    private let lag: Int

    init(_ labeler: PseudoLabeler, student: Tensor, lag: Int) {
        self.labeler = labeler
        self.student = student
        self.lag = lag
    }

    /// Whether this step's weights are averaged in only after its labels are made.
    private var isLate: Bool { lag > 0 && labeler.teacher.updateCount > 0 }
    private var updatesLate = false

    func begin(_ step: Int) {
        updatesLate = isLate
        if !updatesLate { labeler.teacher.update(from: student) }
    }

    func pseudoLabels(_ step: Int, _ images: Tensor) -> PseudoLabels {
        let labels = labeler.message(about: images, step: step)
        if updatesLate { labeler.teacher.update(from: student) }
        return labels
    }
}

/// A student's line to its teacher rank.
final class RemoteTeacher: PseudoLabelProvider {
    private let link: StudentLink

    init(_ link: StudentLink) { self.link = link }

    func begin(_ step: Int) throws {
        try link.startSendingWeights()
        try link.startReceivingLabels(step: step)
    }

    func pseudoLabels(_ step: Int, _ images: Tensor) throws -> PseudoLabels {
        let labels = try link.labels()
        try link.finishSendingWeights()
        return labels
    }
}

extension PseudoLabeler {
    /// Labels of the images of one step, as they travel.
    func message(about images: Tensor, step: Int) -> PseudoLabels {
        let labels = labels(of: images)
        let layout = PseudoLabels.Layout(
            imageCount: images.shape[0], height: images.shape[1], width: images.shape[2])
        return PseudoLabels(step: step, layout: layout, labels: labels.labels, confidentCounts: labels.confidentCounts)
    }
}
