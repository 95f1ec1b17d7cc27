package import Collectives
package import DataParallel
internal import Evaluation
package import NN
package import SegmentationModels
package import TensorEngine

/// A student's network with everything that trains it. Students hold the same weights at all times.
package final class Replica {
    package let network: SegmentationNetwork
    package let parameters: ParameterSet
    package let optimizer: AdamW
    private let schedule: Schedule
    private let clipNorm: Double?
    private let buckets: GradientBuckets
    private let students: any ProcessGroup
    /// Steps without an update: in all, because there was nothing to learn or loss or gradient was not finite; and in a
    /// row for the second reason.
    package private(set) var skippedSteps = 0
    package private(set) var skippedInARow = 0
    /// Running statistics from before the step: a forward pass that is not finite spoils them.
    private var statisticsBefore: BufferSnapshot
    /// Told of the phases of a step while they are measured.
    package var clock: StepClock?

    /// - Parameter devices: those of the students, where they add up by themselves.
    package init(
        _ network: SegmentationNetwork, _ configuration: RunConfiguration, students: any ProcessGroup,
        devices: DeviceSums? = nil
    ) throws {
        self.network = network
        self.students = students
        statisticsBefore = BufferSnapshot(of: network)
        parameters = ParameterSet(
            network, pieceBytes: Int(configuration.distribution.bucketMegabytes * 1_048_576))
        let settings = configuration.optimizer
        let (groups, members) = try settings.groups(of: network, parameters)
        optimizer = AdamW(parameters, groups: groups, members: members, config: settings.adam)
        schedule = Schedule(configuration.schedule, totalSteps: configuration.training.steps)
        clipNorm = settings.clipNorm
        // What an object decoder learns from is another on each rank, and so the way of its gradients.
        let isAlike = network.objectDecoder == nil || configuration.distribution.batchNormStatistics == .perRank
        buckets = try GradientBuckets(parameters, group: students, devices: devices, leavesEarly: isAlike)
    }

    /// What the learning rates are multiplied with at a step.
    package func learningRateFactor(at step: Int) -> Double { schedule.factor(at: step) }

    /// Starts a step: no gradients yet.
    package func begin() {
        enter(.optimizer)
        parameters.clearGradients()
        statisticsBefore = BufferSnapshot(of: network)
        enter(.forward)
    }

    /// Marks where a phase of the step begins.
    package func enter(_ phase: StepPhase) { clock?.enter(phase) }

    /// A backward pass whose gradients stay here until the step's last one.
    package func backward(_ loss: Tensor) {
        enter((clock?.phase ?? .forward).backward)
        loss.backward()
    }

    /// The step's last backward pass: gradients travel to the other students while it runs.
    package func backwardAndReduce(_ loss: Tensor) throws(CollectiveError) {
        buckets.arm()
        backward(loss)
        try buckets.finish()
    }

    /// Ends a step in which no student had anything to learn from: weights, averages and statistics stay as they are.
    package func passOver() {
        statisticsBefore.restore()
        skippedSteps += 1
    }

    /// The norm of the gradients, for which the host waits for the device; not a number where the loss is none. Nothing
    /// has changed yet.
    package func gradientNorm(loss: Double) -> Double {
        enter(.optimizer)
        return loss.isFinite ? parameters.gradientNorm() : .nan
    }

    /// Moves the weights, unless loss or gradients are not finite; then the step is skipped and counted, and leaves
    /// nothing behind.
    ///
    /// - Parameters:
    ///   - loss: the sum over all students, so that all of them decide alike. Gradients are equal already.
    ///   - norm: of `gradientNorm`, where it was asked for before.
    /// - Returns: whether the weights moved.
    @discardableResult
    package func update(step: Int, loss: Double, norm: Double? = nil) -> Bool {
        let norm = norm ?? gradientNorm(loss: loss)
        guard norm.isFinite else {
            statisticsBefore.restore()
            skippedSteps += 1
            skippedInARow += 1
            return false
        }
        skippedInARow = 0
        if let clipNorm { parameters.clipGradients(to: Float(clipNorm), norm: norm) }
        optimizer.step(factor: Float(schedule.factor(at: step)))
        return true
    }
}

extension Replica: CheckpointPart {
    package var partName: String { "the student" }

    package func visit(_ state: inout PartState) throws(CheckpointError) {
        try state.tensor("student.values", parameters.values)
        try state.tensor("student.firstMoments", optimizer.firstMoments)
        try state.tensor("student.secondMoments", optimizer.secondMoments)
        try state.number("optimizerSteps", &optimizer.stepCount)
        try state.number("skippedSteps", &skippedSteps)
        try state.studentTensor("buffers", read: network.flatBuffers, assign: network.assignBuffers)
    }

    /// `begin()` does.
    package func rememberStep() {}
    /// Nothing but running statistics changes before the optimizer moves the weights.
    package func takeBackStep() { statisticsBefore.restore() }
}
