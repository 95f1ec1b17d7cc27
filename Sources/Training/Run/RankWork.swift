package import Collectives
package import DataLoading
package import DataParallel
internal import DomainAdaptation
internal import Evaluation
internal import NN
internal import SegmentationModels
package import TensorEngine
package import WeightFiles

/// What one rank does in a step, and what it keeps for a checkpoint.
package enum RankWork {
    case student(StudentWork)
    case teacher(TeacherWork)

    var parts: CheckpointParts {
        switch self {
        case .student(let student): student.parts
        case .teacher(let teacher): teacher.parts
        }
    }

    /// Checks, before anything is trained, that no two parts keep what they must find again under one key. Collective.
    package func requireOwnKeys(students: Int, world: any ProcessGroup) throws {
        guard let shared = try parts.sharedKey(students: students, facts: RunState.keys, group: world) else { return }
        throw RunError.sharedKey(shared)
    }
}

/// A student: its replica, its method's step and its images.
package final class StudentWork {
    package let index: Int
    package let count: Int
    package let replica: Replica
    package let parts: CheckpointParts
    /// What the network took from the file of weights; nil where there is none.
    let loadReport: LoadReport?
    private let group: any ProcessGroup
    private let step: any TrainingStep
    private let teacherOrder: TeacherOrder?
    private let loadBatch: (_ step: Int) throws -> LoadedBatch

    /// Has the setting's method put its step together. Collective over the students.
    ///
    /// - Parameter loadBatch: this student's samples of a step.
    /// - Throws: also where the step has parts that it does not name: a run that goes on would begin them anew.
    package init(
        _ assembly: StudentAssembly, index: Int, loadReport: LoadReport? = nil,
        loadBatch: @escaping (_ step: Int) throws -> LoadedBatch
    ) throws {
        self.index = index
        self.loadReport = loadReport
        self.loadBatch = loadBatch
        group = assembly.sums.students
        count = group.size
        replica = assembly.replica
        teacherOrder = assembly.teacherOrder
        step = try assembly.configuration.method.method.makeStep(assembly)
        let all = [assembly.replica] + step.parts
        let forgotten = PartCensus.forgotten(in: step, named: all)
        guard forgotten.isEmpty else {
            throw RunError.forgottenParts(forgotten, method: assembly.configuration.method.kind)
        }
        parts = CheckpointParts(all, place: .init(index: index, count: count))
    }

    /// One training step; the losses are those of the global batch.
    package func run(_ number: Int) throws -> (losses: StepLosses, waitSeconds: Double) {
        guard let result = try run(number, watch: .none) else {
            preconditionFailure("StudentWork: nobody asked for faults of devices")
        }
        return result
    }

    /// The same, where devices may fail.
    ///
    /// - Returns: nil where one did before the weights moved: the step is not done, and `parts.takeBackStep()` leads to
    ///   where it began.
    package func run(
        _ number: Int, watch: DeviceWatch
    ) throws -> (losses: StepLosses, waitSeconds: Double)? {
        let batch = try loadBatch(number)
        if watch.isNeeded { parts.rememberStep() }
        replica.begin()
        var losses = try step.run(number, batch)
        try teacherOrder?.requireAnswered(number)
        if !losses.isNothing { try losses.sum(over: group) }
        // Before all ask: gradients that devices add up by themselves are whole once the norm is here, or are not.
        let norm = losses.isNothing ? .nan : replica.gradientNorm(loss: losses.total)
        guard try !watch.hasFailed() else { return nil }
        defer { watch.noteUpdate() }
        guard !losses.isNothing else {
            replica.passOver()
            return (losses, batch.waitSeconds)
        }
        if !replica.update(step: number, loss: losses.total, norm: norm) { step.undo() }
        return (losses, batch.waitSeconds)
    }

    /// Checks that all students begin with the same bits, however they came by them. Collective over the students.
    func requireSameState(jobRank: Int) throws {
        try group.requireSame(RankFacts(replica), jobRank: jobRank)
    }

    /// Runs `body` on all students with the running statistics of the first; afterwards each has its own again.
    /// Collective over the students.
    func withBuffersOfFirstStudent<Result>(
        _ body: (SegmentationNetwork, any ProcessGroup) throws -> Result
    ) throws -> Result {
        let own = BufferSnapshot(of: replica.network)
        // Also where the device ran out of memory meanwhile: a checkpoint of this state may follow.
        defer { Engine.whileRecovered { own.restore() } }
        var values = replica.network.flatBuffers().values()
        try group.broadcast(&values, from: 0)
        replica.network.assignBuffers(Tensor(values, shape: [values.count]))
        return try body(replica.network, group)
    }
}

/// A teacher rank.
package struct TeacherWork {
    package let rank: TeacherRank
    package let parts: CheckpointParts
    /// The first step with pseudo-labels.
    package let firstStep: Int

    /// Has the setting's method make its teacher. Collective over the teachers.
    ///
    /// - Parameters:
    ///   - index: of the teacher.
    ///   - assembly: its group are all teachers.
    ///   - loadTarget: normalised target images of a step and slots of the global batch, `[B, H, W, 3]`.
    package init(
        _ method: some TeachingMethod, _ assembly: TeacherAssembly, index: Int, seats: RankSeats,
        world: any ProcessGroup, roles: RankRoles,
        loadTarget: @escaping (_ step: Int, _ slots: Range<Int>) throws -> Tensor
    ) throws {
        let (teacher, configuration) = (try method.makeTeacher(assembly), assembly.configuration)
        precondition(
            teacher.labelers.count == method.labelers(in: configuration).count,
            "TeacherWork: \(teacher.labelers.count) labelers, not as said")
        rank = TeacherRank(
            TeacherServer(world: world, roles: roles), teacher,
            imagesPerStudent: seats.imagesPerStudent, lag: configuration.distribution.teacherLag,
            lastStep: configuration.training.steps - 1,
            labelsTogether: configuration.distribution.batchNormStatistics == .global, loadTarget: loadTarget)
        parts = CheckpointParts([teacher.average], place: .init(index: index, count: assembly.group.size))
        firstStep = method.stepsBeforeTeacher
    }

    /// - Returns: whether the step is done; where a device failed, `parts.takeBackStep()` leads to where it began.
    @discardableResult
    package func run(_ step: Int, watch: DeviceWatch = .none) throws -> Bool {
        if watch.isNeeded { parts.rememberStep() }
        if step >= firstStep { try rank.run(step) }
        return try !watch.hasFailed()
    }
}
