import Configuration
import DataLoading
import DataParallel
import DomainAdaptation
import ImageIO
import NN
import SegmentationModels
import TensorEngine
import Training

/// A third method, as a stranger would write it: a teacher with two labelers, and a pool of numbers for each slot of
/// the global batch that the loss depends on.
struct ToyMethod: Equatable {
    /// How fast the pool forgets.
    var share = 0.5
    /// Whether its step names the pool among its parts, as it must.
    var namesPool = true
    /// Under which key a further part keeps a tensor; nil for no such part.
    var extraKey: String?
    /// Whether its step calls what it must of its teacher, and no sooner.
    var begins = true
    var takesMessages = true
    var begunEarly = false

    init() {}
}

extension ToyMethod: ConfigurationSection {
    mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("share", &share, .closed(0...1))
    }
}

extension ToyMethod: TeachingMethod {
    static let kind = "toy"
    static let title = "toy"

    var usesTarget: Bool { true }
    var margins: IgnoredMargins { .none }
    var files: [(key: String, path: String)] { [] }
    var stepsBeforeTeacher: Int { 1 }

    func needsObjects(in run: RunConfiguration) -> Bool { false }
    func labelers(in run: RunConfiguration) -> [PseudoLabels.Contents] { [.classMaps, .classMaps] }

    func validate(in run: RunConfiguration) throws(ConfigurationError) {}
    func requireFiles(in run: RunConfiguration) throws {}
    func notices(in run: RunConfiguration) -> [String] { [] }
    func keptNumbers(in run: RunConfiguration, beside network: SegmentationNetwork) -> Int { 0 }
    func costs(in run: RunConfiguration) -> TeacherPlan.Costs { .init(source: 1, rest: 1, labelling: 1) }
    func preview(_ images: PreviewImages) -> [[PreviewPanel]] {
        images.source.map { [PreviewPanel($0.name, $0.image)] }
    }
    func timed(classCount: Int) -> ToyMethod { self }

    func makeStep(_ student: StudentAssembly) throws -> any TrainingStep {
        ToyStep(
            student: student, parameters: self, teacher: try student.pseudoLabels(of: self),
            pool: ToyPool(slots: student.seat.slots), extra: extraKey.map { ToyExtra(key: $0) })
    }

    func makeTeacher(_ assembly: TeacherAssembly) throws -> Teacher {
        let network = try assembly.makeNetwork()
        return Teacher(
            network, average: EMATeacher(network, decay: 0.9),
            labelers: [PseudoLabeler(threshold: 0.3), PseudoLabeler(threshold: 0.35)],
            reduceStatistics: assembly.reduceStatistics)
    }
}

/// Confident pixels of each slot so far, the older the less.
final class ToyPool: CheckpointPart {
    let slots: Range<Int>
    var values: [[Float]]
    private var before: [[Float]] = []

    init(slots: Range<Int>) {
        self.slots = slots
        values = slots.map { _ in [] }
    }

    var partName: String { "the toy's pool" }

    func visit(_ state: inout PartState) throws(CheckpointError) { try state.slots("toy.pool", slots, &values) }
    func rememberStep() { before = values }
    func takeBackStep() { values = before }
}

/// A tensor under a key of choice.
final class ToyExtra: CheckpointPart {
    private let key: String
    private let values = Tensor.zeros([2])

    init(key: String) { self.key = key }

    var partName: String { "the toy's extra" }

    func visit(_ state: inout PartState) throws(CheckpointError) { try state.tensor(key, values) }
    func rememberStep() {}
    func takeBackStep() {}
}

struct ToyStep: TrainingStep {
    let student: StudentAssembly
    let parameters: ToyMethod
    let teacher: any PseudoLabelProvider
    let pool: ToyPool
    let extra: ToyExtra?

    var parts: [any CheckpointPart] {
        teacher.parts + (parameters.namesPool ? [pool] : []) + (extra.map { [$0] } ?? [])
    }

    func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        var losses = StepLosses()
        let (replica, batches) = (student.replica, student.seat.batches)
        let hasLabels = step >= parameters.stepsBeforeTeacher
        if hasLabels && parameters.begins || parameters.begunEarly { try teacher.begin(step) }
        let source = batches.sourceBatch(batch.source)
        var loss = student.pass.loss(student.pass.output(of: replica.network, source.images, step, "source"), source)
        losses.append("source", loss)
        if hasLabels && parameters.takesMessages {
            let messages = try teacher.messages(step, batches.images(of: batch.target))
            let factor = fill(messages[0].confidentCounts, messages[1].confidentCounts)
            losses.report("factor", Double(factor))
            loss = loss * factor
        }
        try replica.backwardAndReduce(loss)
        return losses
    }

    func undo() {}

    /// What the pool makes of what both labelers are sure of.
    private func fill(_ first: [Int], _ second: [Int]) -> Float {
        for index in pool.values.indices {
            let now = Float(first[index] + second[index]) / Float(TinyTraining.side * TinyTraining.side)
            pool.values[index] = Array((pool.values[index] + [now]).suffix(3))
        }
        let sums = pool.values.map { $0.reduce(0, +) }
        return 1 + Float(parameters.share) * sums.reduce(0, +) / Float(sums.count)
    }
}
