internal import DataParallel
internal import TensorEngine

/// What a method's step has asked of its teacher, which must be the same on every student: `begin` and then `messages`,
/// once in every step from the method's first with pseudo-labels.
///
/// A teacher inside a student would otherwise label with weights that nobody gave it, and teacher ranks and students
/// would wait for each other.
final class TeacherOrder {
    private let method: String
    private let firstStep: Int
    private var begun: Int?
    private var answered: Int?

    /// - Parameters:
    ///   - method: its name in a setting.
    ///   - firstStep: the first with pseudo-labels.
    init(method: String, firstStep: Int) {
        self.method = method
        self.firstStep = firstStep
    }

    func begin(_ step: Int) throws(RunError) {
        guard step >= firstStep else {
            throw fault("calls `teacher.begin(\(step))`, although `stepsBeforeTeacher` is \(firstStep)")
        }
        if let begun { throw fault("calls `teacher.begin(\(step))` before it has taken the messages of step \(begun)") }
        begun = step
    }

    func answer(_ step: Int) throws(RunError) {
        guard begun == step else {
            let other = begun.map { ", only `teacher.begin(\($0))`" } ?? ""
            throw fault("takes the messages of step \(step) without `teacher.begin(\(step))` before\(other)")
        }
        (begun, answered) = (nil, step)
    }

    /// At the end of a step.
    func requireAnswered(_ step: Int) throws(RunError) {
        guard step >= firstStep, answered != step else { return }
        throw fault(
            begun == step
                ? "calls `teacher.begin(\(step))` and does not take the messages"
                : "does not call `teacher.begin(\(step))`, although `stepsBeforeTeacher` is \(firstStep)")
    }

    private func fault(_ what: String) -> RunError { .teacherOrder("the step of the method '\(method)' \(what)") }
}

/// A teacher whose student keeps the order.
struct OrderedTeacher: PseudoLabelProvider {
    let provider: any PseudoLabelProvider
    let order: TeacherOrder

    var parts: [any CheckpointPart] { provider.parts }

    func begin(_ step: Int) throws {
        try order.begin(step)
        try provider.begin(step)
    }

    func messages(_ step: Int, _ images: Tensor) throws -> [PseudoLabels] {
        try order.answer(step)
        return try provider.messages(step, images)
    }
}
