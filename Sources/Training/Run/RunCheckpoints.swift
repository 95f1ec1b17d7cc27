internal import Basics
internal import Configuration
package import Collectives
package import DataParallel
internal import NN

/// What a run keeps in a checkpoint, and how it goes on from one.
///
/// Each part of a rank's work names what it keeps (`CheckpointPart`): the replica, whatever the method's step holds, a
/// teacher. Beside them stands `RunState`. Draws and the order of images follow from the step, so no generator or
/// loader state is kept. Any number of ranks goes on from a checkpoint.
package struct RunCheckpoints {
    let folder: CheckpointFolder
    private let configuration: RunConfiguration
    /// As `RunState.files`.
    private let files: String

    package init(
        _ folder: CheckpointFolder, _ configuration: RunConfiguration, images: [(key: String, summary: String)]
    ) {
        self.folder = folder
        self.configuration = configuration
        let lines = images.map { "\($0.key): \($0.summary)" } + RankFacts(contentNamedBy: configuration).lines
        files = lines.joined(separator: "\n")
    }

    /// The newest whole checkpoint; damaged ones are named and passed over. Collective.
    ///
    /// - Returns: nil when there is none at all.
    /// - Throws: when there are some and none is whole, or one cannot be read: a run that began anew would overwrite
    ///   it.
    package func newest(_ world: any ProcessGroup) throws -> Checkpoint? {
        let (found, skipped) = try folder.newestWhole(group: world) { (checkpoint) throws(CheckpointError) in
            _ = try RunState(checkpoint)
        }
        guard world.rank == 0 else { return found }
        for line in skipped { StandardError.write("warning: \(line)\n") }
        for name in try folder.strangers() {
            StandardError.write(
                "warning: \(folder.path)/\(name) has not the name of a checkpoint and is not looked at\n")
        }
        if let found {
            if let notice = found.notice { StandardError.write("warning: \(notice)\n") }
            if !skipped.isEmpty { StandardError.write("warning: the run goes on from step \(found.step)\n") }
            // First the one difference that ends the run.
            try TrainedClasses(found)?.require(configuration.labelSpace.space)
            try warnOfOtherSetting(than: found)
            try warnOfOtherFiles(than: found)
        }
        return found
    }

    /// A run may go on with another setting, such as more steps or a moved folder; nobody should do so unawares.
    private func warnOfOtherSetting(than checkpoint: Checkpoint) throws {
        guard let text = checkpoint.state["configuration"] else { return }
        let lines = try StoredSetting.differences(of: text, checkpoint.path, to: configuration)
        guard !lines.isEmpty else { return }
        StandardError.write("warning: the run goes on with another setting than it was begun with:\n")
        for line in lines { StandardError.write("    \(line)\n") }
    }

    /// What a step draws follows from the number of images, and a frozen encoder from its weights: with other files a
    /// run takes another way than it would have.
    private func warnOfOtherFiles(than checkpoint: Checkpoint) throws {
        let then = try RunState(checkpoint).files
        let (old, all) = (then.split(separator: "\n"), files.split(separator: "\n"))
        // Older versions did not say how labels were read.
        let key = TrainingData.labelsKey
        let new = all.filter { line in !line.hasPrefix(key) || old.contains { $0.hasPrefix(key) } }
        guard !then.isEmpty, old != new else { return }
        StandardError.write("warning: the run goes on with other files than it was begun with:\n")
        for line in old where !new.contains(line) { StandardError.write("    then \(line)\n") }
        for line in new where !old.contains(line) { StandardError.write("    now  \(line)\n") }
    }

    /// Refuses to mix a new run with the checkpoints of an old one.
    package func requireNone(_ world: any ProcessGroup) throws {
        guard world.rank == 0, let last = try folder.steps().last else { return }
        throw RunError.output(
            "\(folder.path): holds checkpoints of an earlier run up to step \(last); go on with --resume, or choose "
                + "another folder with --out")
    }

    /// Saves the state after `step` steps. Collective.
    ///
    /// - Parameter others: what else the checkpoint says of itself, on rank 0.
    package func save(
        _ work: RankWork, step: Int, world: any ProcessGroup, facts others: [String: String] = [:]
    ) throws {
        let all = facts(work).merging(others) { own, _ in own }
        try work.parts.save(to: folder, step: step, facts: all, group: world)
    }

    /// The same, where not all ranks can read what they hold any more. Collective.
    func save(
        _ work: RankWork, step: Int, world: any ProcessGroup, savers: Savers
    ) throws(CheckpointError) {
        try work.parts.save(
            to: folder, step: step, facts: facts(work, students: savers.studentCount),
            writers: savers.place(ofRank: world.rank), group: world)
    }

    /// Rank 0, a student, writes them.
    ///
    /// - Parameter students: that save running statistics of their own; all where nil.
    private func facts(_ work: RankWork, students: Int? = nil) -> [String: String] {
        guard case .student(let student) = work else { return [:] }
        return RunState(
            configuration: configuration.resolvedYAML(), students: students ?? student.count, files: files
        ).stored
    }

    /// Brings all ranks to where the checkpoint was saved. Collective.
    package func restore(_ checkpoint: Checkpoint, into work: RankWork, world: any ProcessGroup) throws {
        let state = try RunState(checkpoint)
        try TrainedClasses(checkpoint)?.require(configuration.labelSpace.space)
        try work.parts.load(
            checkpoint, students: state.students, facts: RunState.keys(of: checkpoint), group: world)
    }
}
