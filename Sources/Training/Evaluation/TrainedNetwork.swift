internal import DataParallel
internal import WeightFiles

/// Which of a run's networks is meant: the one that was trained, or the average of its weights that labelled for it.
public enum TrainedNetwork: String, Sendable, CaseIterable {
    case student, teacher

    /// As files with several networks tell them apart.
    var role: NetworkRole { self == .student ? .student : .teacher }

    /// Its weights in a checkpoint.
    ///
    /// - Throws: `CheckpointError` where there is no teacher, or one that has not labelled yet.
    func weightsKey(in checkpoint: Checkpoint, method: MethodConfiguration) throws(CheckpointError) -> String {
        guard self == .teacher else { return "student.values" }
        let key = "teacher.values"
        guard checkpoint.shape(of: key) != nil else {
            throw CheckpointError(
                .unfit, path: checkpoint.path,
                "has no teacher, as the method '\(method.kind)' trains without one; use --network student")
        }
        guard checkpoint.state["teacherUpdates"] != "0" else {
            throw CheckpointError(
                .unfit, path: checkpoint.path,
                "its teacher has not begun by step \(checkpoint.step) (method.sourceOnlySteps); take a later checkpoint, "
                    + "or use --network student")
        }
        return key
    }
}
