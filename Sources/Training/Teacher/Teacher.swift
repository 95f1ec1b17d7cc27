public import DataParallel
public import DomainAdaptation
internal import NN
package import TensorEngine

/// Something that looks at target images and tells students about them.
package protocol TargetLabeler {
    /// What it says of normalised target images `[B, H, W, 3]` of a step, as it travels.
    func message(about images: Tensor, step: Int) -> PseudoLabels
}

/// A method's teacher: the average of the student's weights, and whoever labels with it.
package struct Teacher {
    package let average: EMATeacher
    /// Each says something of every image; at least one. Students get the messages in this order.
    package let labelers: [any TargetLabeler]

    package init(average: EMATeacher, labelers: [any TargetLabeler]) {
        precondition(!labelers.isEmpty, "Teacher: nobody labels")
        self.average = average
        self.labelers = labelers
    }

    package init(average: EMATeacher, labeler: any TargetLabeler) { self.init(average: average, labelers: [labeler]) }

    func messages(about images: Tensor, step: Int) -> [PseudoLabels] {
        labelers.map { $0.message(about: images, step: step) }
    }
}

extension EMATeacher: CheckpointPart {
    public var partName: String { "the teacher" }

    /// The number of updates decides how much of the average the next one keeps: without it the teacher would begin
    /// anew.
    public func visit(_ state: inout PartState) throws(CheckpointError) {
        try state.tensor("teacher.values", parameters.values)
        try state.number("teacherUpdates", &updateCount)
    }
}

extension PseudoLabeler: TargetLabeler {
    package func message(about images: Tensor, step: Int) -> PseudoLabels {
        let labels = labels(of: images)
        let layout = PseudoLabels.Layout(
            imageCount: images.shape[0], height: images.shape[1], width: images.shape[2])
        return PseudoLabels(step: step, layout: layout, labels: labels.labels, confidentCounts: labels.confidentCounts)
    }
}
