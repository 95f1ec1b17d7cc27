package import Annotations
package import DataParallel
package import Mixing
internal import TensorEngine

/// Thresholds that follow the scores of the teacher, the same on every student, with counts that a skipped step gives
/// back.
package final class LearntThresholds: InstanceThresholdRule, CheckpointPart {
    package private(set) var found: AutomaticThresholds
    /// From before the step.
    private var before: AutomaticThresholds

    package init(_ config: AutomaticThresholds.Config, classCount: Int) {
        found = AutomaticThresholds(config, classCount: classCount)
        before = found
    }

    package var parts: [any CheckpointPart] { [self] }

    package func begin() { before = found }
    package func undo() { found = before }

    package func thresholds(
        _ step: Int, _ objects: [[AnnotatedObject]], _ sums: GlobalSums
    ) throws -> ScoreThresholds {
        // Whole numbers: their sum is the same however the images are divided.
        var occurrences = found.occurrences(in: objects)
        try sums.makeGlobal(&occurrences)
        found.add(occurrences)
        return found.thresholds
    }

    package var partName: String { "the scores that thresholds follow" }

    package func visit(_ state: inout PartState) throws(CheckpointError) {
        let values = Tensor(found.counts, shape: [found.counts.count])
        try state.tensor("student.scoreCounts", values)
        found.counts = values.values()
    }

    package func rememberStep() { begin() }
    package func takeBackStep() { undo() }
}
