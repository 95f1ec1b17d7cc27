public import Collectives
internal import FoundationEssentials

/// All parts of a run that this rank has, and how they are saved and found again together with those of the others.
public struct CheckpointParts {
    public let parts: [any CheckpointPart]
    private let place: PartState.Place

    /// - Parameter place: of this rank among those that have the same parts.
    public init(_ parts: [any CheckpointPart], place: PartState.Place) {
        self.parts = parts
        self.place = place
    }

    /// What this rank writes: its tensors, and its numbers as text.
    func saved() throws(CheckpointError) -> (entries: [CheckpointEntry], texts: [String: String]) {
        var state = PartState(.saving, place)
        try state.visit(parts)
        return (state.entries, state.texts)
    }

    /// Saves the state of all ranks' parts. Collective.
    ///
    /// - Parameter facts: what the run wants to know beside its parts; that of rank 0 is kept.
    public func save(
        to folder: CheckpointFolder, step: Int, facts: [String: String], group: any ProcessGroup
    ) throws(CheckpointError) {
        let (entries, texts) = try saved()
        let own = group.rank == 0 ? texts.merging(facts) { part, _ in part } : texts
        try folder.save(entries, step: step, state: own, group: group)
    }

    /// Brings the parts of all ranks to where the checkpoint was saved. Collective.
    ///
    /// - Parameters:
    ///   - students: that saved it.
    ///   - facts: keys of what the run knows beside its parts.
    /// - Throws: `.unfit`, on all ranks alike and before anything has changed, where a part finds nothing of its own,
    ///   and where something is there that no part takes: a run that went on would have lost it without a word.
    public func load(
        _ checkpoint: Checkpoint, students: Int, facts: Set<String>, group: any ProcessGroup
    ) throws(CheckpointError) {
        var listing = PartState(.listing(students: students), place)
        try listing.visit(parts)
        let owners = try gathered(listing.owners, checkpoint, group)
        let present = Set(checkpoint.keys).union(checkpoint.state.keys)
        if let key = owners.keys.sorted().first(where: { !present.contains($0) }) {
            throw CheckpointError(
                .unfit, path: checkpoint.path,
                "has no '\(key)', from which \(owners[key] ?? "") would go on, only "
                    + "\(present.subtracting(facts).sorted().joined(separator: ", ")); it belongs to another kind of run: "
                    + "go on with the setting that it was saved with, or begin anew with another --out")
        }
        let left = present.subtracting(facts).subtracting(owners.keys)
        if let key = left.sorted().first {
            let names = Set(owners.values).sorted().joined(separator: ", ")
            throw CheckpointError(
                .unfit, path: checkpoint.path,
                "has '\(key)', which nothing of this run takes back (\(names)); it belongs to another kind of run: go on "
                    + "with the setting that it was saved with, or begin anew with another --out")
        }
        try group.together(path: checkpoint.path) { () throws(CheckpointError) in
            var loading = PartState(.loading(checkpoint, students: students), place)
            try loading.visit(parts)
        }
    }

    /// The keys of all ranks with the parts that keep them.
    private func gathered(
        _ own: [String: String], _ checkpoint: Checkpoint, _ group: any ProcessGroup
    ) throws(CheckpointError) -> [String: String] {
        let lines = own.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)" }
        do throws(CollectiveError) {
            let texts = try group.allGather(Array(lines.joined(separator: "\n").utf8))
            var owners: [String: String] = [:]
            for text in texts {
                for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
                    let words = line.split(separator: "\t", maxSplits: 1)
                    owners[String(words[0])] = words.count > 1 ? String(words[1]) : ""
                }
            }
            return owners
        } catch { throw CheckpointError(error, path: checkpoint.path) }
    }
}
