public import Collectives
internal import FoundationEssentials

/// The checkpoints of a run: `step-000200/`, `step-000400/`, … in one folder that all ranks share.
///
/// A checkpoint is a folder of its own with one safetensors file a rank (each tensor part with key, type, global shape
/// and offset) and `index.json`, written last, with the size and XXH64 of every file and one of itself. It is written
/// under another name and renamed when all of it is on the disk, so that a run that dies while saving leaves the older
/// ones as they were. Any number of ranks reads it.
public struct CheckpointFolder: Sendable {
    public let path: String
    /// Newest checkpoints kept when one is saved.
    public let keep: Int

    /// - Precondition: `keep` is at least 1.
    public init(_ path: String, keep: Int = 2) {
        precondition(keep >= 1, "CheckpointFolder: keeps at least one checkpoint, got \(keep)")
        self.path = path
        self.keep = keep
    }

    /// Steps of the checkpoints that are there, whole or not, ascending.
    ///
    /// - Throws: `.io` where the folder is there and cannot be read.
    public func steps() throws(CheckpointError) -> [Int] {
        try CheckpointFiles.names(in: path).compactMap(Self.step(ofName:)).sorted()
    }

    /// Removes all checkpoints but that of a step.
    package func keepOnly(_ step: Int) throws(CheckpointError) {
        for other in try steps() where other != step {
            try CheckpointFiles.remove(path(ofStep: other), renamedTo: path(ofStep: other) + Self.removedSuffix)
        }
    }

    /// What is named nearly as a checkpoint and is none, sorted: copies, or folders that somebody moved away.
    public func strangers() throws(CheckpointError) -> [String] {
        try CheckpointFiles.names(in: path).filter { name in
            name.hasPrefix(Self.prefix) && Self.step(ofName: name) == nil && !Self.isLeftover(name)
        }
    }

    /// Where the checkpoint of a step lies.
    public func path(ofStep step: Int) -> String { "\(path)/\(Self.name(ofStep: step))" }

    static let prefix = "step-"

    static func name(ofStep step: Int) -> String {
        let digits = String(step)
        return prefix + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    private static func step(ofName name: String) -> Int? {
        guard name.hasPrefix(prefix), let step = Int(name.dropFirst(prefix.count)), step >= 0,
            step <= CheckpointIndex.largestStep, Self.name(ofStep: step) == name
        else { return nil }
        return step
    }
}

extension CheckpointFolder {
    /// The newest checkpoint that is whole and undamaged, and what is wrong with the newer ones. Collective; the ranks
    /// share the reading.
    ///
    /// - Parameter accepts: looks at what the run stored; what it throws as `.damaged` is damage as well.
    /// - Returns: nil only when there is none at all; `skipped` has a line a damaged checkpoint, naming the file at
    ///   fault.
    /// - Throws: when there are checkpoints and none is whole, and for one that cannot be read (`.io`) or belongs to
    ///   another program (`.unfit`): it may be whole, and to go on from an older one would overwrite it.
    public func newestWhole(
        group: any ProcessGroup, accepts: (Checkpoint) throws(CheckpointError) -> Void = { _ in }
    ) throws(CheckpointError) -> (checkpoint: Checkpoint?, skipped: [String]) {
        var skipped: [String] = []
        // Rank 0 says which there are: another rank may see a folder change later.
        let steps = try agreedSteps(group)
        for step in steps.reversed() {
            do throws(CheckpointError) {
                return (try verified(step, group, accepts), skipped)
            } catch {
                guard error.code == .damaged else { throw error }
                skipped.append("\(Self.name(ofStep: step)) is damaged and not used: \(error)")
            }
        }
        guard steps.isEmpty else {
            throw CheckpointError(
                .damaged, path: path,
                "has \(steps.count == 1 ? "a checkpoint which is not" : "checkpoints none of which is")"
                    + " whole; move the folder away to begin at the first step.\n    "
                    + skipped.joined(separator: "\n    "))
        }
        return (nil, skipped)
    }

    private func verified(
        _ step: Int, _ group: any ProcessGroup, _ accepts: (Checkpoint) throws(CheckpointError) -> Void
    ) throws(CheckpointError) -> Checkpoint {
        try Checkpoint.verified(path(ofStep: step), group: group) { (checkpoint) throws(CheckpointError) in
            guard checkpoint.step == step else {
                throw CheckpointError(
                    .damaged, path: checkpoint.path, "is the checkpoint of step \(checkpoint.step) under another name")
            }
            try accepts(checkpoint)
        }
    }

    private func agreedSteps(_ group: any ProcessGroup) throws(CheckpointError) -> [Int] {
        let own = try group.together(path: path) { () throws(CheckpointError) in
            group.rank == 0 ? try steps() : []
        }
        do throws(CollectiveError) {
            let text = own.map(String.init).joined(separator: ",")
            let agreed = try group.broadcastBytes(Array(text.utf8), from: 0)
            return String(decoding: agreed, as: UTF8.self).split(separator: ",").compactMap { Int($0) }
        } catch {
            throw CheckpointError(error, path: path)
        }
    }
}
