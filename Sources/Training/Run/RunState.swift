internal import DataParallel

/// What a run knows of itself in a checkpoint, beside what its parts keep.
struct RunState {
    /// The setting with every key, as YAML.
    var configuration: String
    /// Students that saved it, each with its own running statistics.
    var students: Int
    /// `TrainingData.images` and the content of other files of the setting, a line each; empty in checkpoints of older
    /// versions.
    var files = ""

    /// As a checkpoint stores it.
    var stored: [String: String] {
        ["configuration": configuration, "students": "\(students)", "files": files]
    }

    /// Keys of what a run stores of itself.
    static let keys: Set = ["configuration", "students", "files", BestChoice.key]

    /// Keys that no part takes back.
    static func keys(of checkpoint: Checkpoint) -> Set<String> {
        var keys = keys
        // Older versions counted the updates of a teacher that there was not.
        let hasTeacher = checkpoint.shape(of: "teacher.values") != nil
        if !hasTeacher && checkpoint.state["teacherUpdates"] == "0" { keys.insert("teacherUpdates") }
        return keys
    }
}

extension RunState {
    /// Reads and checks what a checkpoint stored.
    ///
    /// - Throws: `CheckpointError` `.damaged` for what no run saves: a key that lacks, a number out of range, numbers
    ///   that contradict each other.
    init(_ checkpoint: Checkpoint) throws(CheckpointError) {
        let steps = 0...checkpoint.step
        guard let text = checkpoint.state["configuration"] else {
            throw Self.fault(checkpoint, "lacks 'configuration': it was not saved by a training run, or is damaged")
        }
        configuration = text
        // Every student has a tensor of its own, so there are fewer of them than keys.
        students = try checkpoint.number("students", in: 1...max(1, checkpoint.keys.count))
        let optimizerSteps = try checkpoint.number("optimizerSteps", in: steps)
        let skippedSteps = try checkpoint.number("skippedSteps", in: steps)
        if checkpoint.state["teacherUpdates"] != nil { _ = try checkpoint.number("teacherUpdates", in: steps) }
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
