internal import DataParallel

/// What a run knows of itself in a checkpoint, beside its tensors.
struct RunState {
    /// The setting with every key, as YAML.
    var configuration: String
    /// Students that saved it, each with its own running statistics.
    var students: Int
    /// Steps that moved the weights, and those that did not because a loss was not finite.
    var optimizerSteps: Int
    var skippedSteps: Int
    /// Steps of self-training.
    var teacherUpdates: Int
    /// `TrainingData.images` and the content of other files of the setting, a line each; empty in checkpoints of older
    /// versions.
    var files = ""

    /// As a checkpoint stores it.
    var stored: [String: String] {
        [
            "configuration": configuration, "students": "\(students)", "optimizerSteps": "\(optimizerSteps)",
            "skippedSteps": "\(skippedSteps)", "teacherUpdates": "\(teacherUpdates)",
            "files": files,
        ]
    }
}

extension RunState {
    /// Reads and checks what a checkpoint stored.
    ///
    /// - Throws: `CheckpointError` `.damaged` for what no run saves: a key that lacks, a number out of range, numbers
    ///   that contradict each other.
    init(_ checkpoint: Checkpoint) throws(CheckpointError) {
        func text(_ key: String) throws(CheckpointError) -> String {
            guard let value = checkpoint.state[key] else {
                throw Self.fault(checkpoint, "lacks '\(key)': it was not saved by a training run, or is damaged")
            }
            return value
        }
        func number(_ key: String, _ range: ClosedRange<Int>) throws(CheckpointError) -> Int {
            let text = try text(key)
            guard let value = Int(text), range.contains(value), "\(value)" == text else {
                throw Self.fault(
                    checkpoint, "says '\(key)' is '\(text)', which must be from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        let steps = 0...checkpoint.step
        configuration = try text("configuration")
        // Every student has a tensor of its own, so there are fewer of them than keys.
        students = try number("students", 1...max(1, checkpoint.keys.count))
        optimizerSteps = try number("optimizerSteps", steps)
        skippedSteps = try number("skippedSteps", steps)
        teacherUpdates = try number("teacherUpdates", steps)
        files = checkpoint.state["files"] ?? ""
        guard optimizerSteps + skippedSteps == checkpoint.step else {
            throw Self.fault(
                checkpoint, "is of step \(checkpoint.step) and says that \(optimizerSteps) steps moved the weights and "
                    + "\(skippedSteps) were skipped")
        }
        for student in 0..<students where checkpoint.shape(of: Self.buffersKey(ofStudent: student)) == nil {
            throw Self.fault(checkpoint, "has no statistics of student \(student) of \(students)")
        }
    }

    static func buffersKey(ofStudent student: Int) -> String { "student.\(student).buffers" }

    private static func fault(_ checkpoint: Checkpoint, _ what: String) -> CheckpointError {
        CheckpointError(.damaged, path: checkpoint.path, "\(what); use another checkpoint")
    }
}
