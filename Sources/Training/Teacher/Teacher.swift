public import DataParallel
public import DomainAdaptation
package import NN
package import SegmentationModels
package import TensorEngine

/// A method's teacher: the average of the student's weights, and whoever labels with it.
///
/// Dropout and stochastic depth are off, while batch normalisation uses the statistics of the target images (DAFormer
/// code); running statistics are never read.
package struct Teacher {
    package let average: EMATeacher
    /// Each says something of every image; at least one. Students get the messages in this order.
    package let labelers: [any TargetLabeler]
    /// Steps at which the average begins anew, with a copy of the student.
    private let restarts: Set<Int>
    private let network: SegmentationNetwork
    private let context: ForwardContext

    /// - Parameters:
    ///   - network: the teacher's, whose weights `average` moves.
    ///   - reduceStatistics: makes batch statistics global over teachers; see `ForwardContext`.
    package init(
        _ network: SegmentationNetwork, average: EMATeacher, labelers: [any TargetLabeler],
        reduceStatistics: StatisticsReduction? = nil, restarts: Set<Int> = []
    ) {
        precondition(!labelers.isEmpty, "Teacher: nobody labels")
        self.network = network
        self.average = average
        self.labelers = labelers
        self.restarts = restarts
        context = ForwardContext(batchStatistics: .batch(reduceStatistics), noise: nil)
    }

    /// Takes in the student's weights from before the losses of a step.
    func update(from student: Tensor, at step: Int) {
        if restarts.contains(step) { average.restart() }
        average.update(from: student)
    }

    func messages(about images: Tensor, step: Int) -> [PseudoLabels] {
        let pass = TeacherPass(of: network, images, step: step, in: context)
        return labelers.map { $0.message(about: pass) }
    }
}

/// Target images of a step as a teacher's network sees them: passed through it at the first question, and once for all
/// labelers.
package final class TeacherPass {
    package let step: Int
    /// Normalised, `[B, H, W, 3]`.
    package let images: Tensor
    package let context: ForwardContext
    private let network: SegmentationNetwork
    /// Without gradients.
    package private(set) lazy var output = withoutGradients { network(images, in: context) }

    package init(of network: SegmentationNetwork, _ images: Tensor, step: Int, in context: ForwardContext) {
        self.network = network
        self.images = images
        self.step = step
        self.context = context
    }

    /// Of what is said about the images.
    package func layout(_ contents: PseudoLabels.Contents) -> PseudoLabels.Layout {
        PseudoLabels.Layout(
            imageCount: images.shape[0], height: images.shape[1], width: images.shape[2], contents: contents)
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

    public func rememberStep() { remember() }
    public func takeBackStep() { takeBack() }
}
