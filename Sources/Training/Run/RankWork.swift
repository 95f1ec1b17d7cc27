internal import Collectives
internal import DataLoading
internal import DataParallel
internal import DomainAdaptation
internal import Evaluation
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// What one rank does in a step, and what it keeps for a checkpoint.
enum RankWork {
    case student(StudentWork)
    case teacher(TeacherWork)
}

/// A student: its replica, its method's step and its images.
final class StudentWork {
    let index: Int
    let count: Int
    let replica: Replica
    /// Only where students label for themselves.
    let localTeacher: EMATeacher<SegmentationNetwork>?
    /// Past class features, `[classes, channels]`, the same on every student; only where classes are aligned with text.
    let classFeatures: Tensor?
    /// What the network took from the file of weights; nil where there is none.
    let loadReport: LoadReport?
    private let group: any ProcessGroup
    private let step: any TrainingStep
    private let loadBatch: (_ step: Int) throws -> LoadedBatch

    /// - Parameter loadBatch: this student's samples of a step.
    init(
        index: Int, replica: Replica, step: any TrainingStep, localTeacher: EMATeacher<SegmentationNetwork>?,
        classFeatures: Tensor? = nil, loadReport: LoadReport? = nil, group: any ProcessGroup,
        loadBatch: @escaping (_ step: Int) throws -> LoadedBatch
    ) {
        self.index = index
        count = group.size
        self.replica = replica
        self.step = step
        self.localTeacher = localTeacher
        self.classFeatures = classFeatures
        self.loadReport = loadReport
        self.loadBatch = loadBatch
        self.group = group
    }

    /// One training step; the losses are those of the global batch.
    func run(_ number: Int) throws -> (losses: StepLosses, waitSeconds: Double) {
        let batch = try loadBatch(number)
        replica.begin()
        var losses = try step.run(number, batch)
        try losses.sum(over: group)
        if !replica.update(step: number, loss: losses.total) { step.undo() }
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
        defer { own.restore() }
        var values = replica.network.flatBuffers().values()
        try group.broadcast(&values, from: 0)
        replica.network.assignBuffers(Tensor(values, shape: [values.count]))
        return try body(replica.network, group)
    }
}

/// A teacher rank.
struct TeacherWork {
    /// Position among the teachers.
    let index: Int
    let count: Int
    let teacher: EMATeacher<SegmentationNetwork>
    let rank: TeacherRank
    /// The first step with pseudo-labels.
    let firstStep: Int

    func run(_ step: Int) throws {
        if step >= firstStep { try rank.run(step) }
    }
}
