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

    /// Before a step in which a device may fail.
    public func rememberStep() {
        for part in parts { part.rememberStep() }
    }

    /// After a step that is not done.
    public func takeBackStep() {
        for part in parts { part.takeBackStep() }
    }

    /// A key that two parts of the job keep; nil where each part has keys of its own, as it must before anything is
    /// saved. Collective, with the same result on all ranks.
    ///
    /// - Parameters:
    ///   - students: of the job.
    ///   - facts: keys of what the run knows beside its parts.
    public func sharedKey(
        students: Int, facts: Set<String>, group: any ProcessGroup
    ) throws(CheckpointError) -> SharedKey? {
        var owners = Dictionary(uniqueKeysWithValues: facts.map { ($0, "the run itself") })
        for claims in try claims(students: students, path: "the job", group) {
            var own: Set<String> = []
            for (key, part) in claims {
                // Ranks with the same parts name the same keys.
                let isNew = own.insert(key).inserted
                if let other = owners[key], other != part || !isNew {
                    return SharedKey(key: key, first: other, second: part)
                }
                owners[key] = part
            }
        }
        return nil
    }

    /// What this rank writes: its tensors, and its numbers as text.
    ///
    /// - Parameter writers: as `save` has it.
    func saved(
        writers: PartState.Place?
    ) throws(CheckpointError) -> (entries: [CheckpointEntry], texts: [String: String]) {
        var state = PartState(.saving(tensors: writers), place)
        try state.visit(parts)
        return (state.entries, state.texts)
    }

    /// Saves the state of all ranks' parts. Collective.
    ///
    /// - Parameter facts: what the run wants to know beside its parts; that of rank 0 is kept.
    public func save(
        to folder: CheckpointFolder, step: Int, facts: [String: String], group: any ProcessGroup
    ) throws(CheckpointError) {
        try save(to: folder, step: step, facts: facts, writers: place, group: group)
    }

    /// Saves the state of all ranks' parts where not all of them can read theirs any more. Collective.
    ///
    /// - Parameter writers: the place of this rank among those with the same parts that can; nil where it cannot.
    public func save(
        to folder: CheckpointFolder, step: Int, facts: [String: String], writers: PartState.Place?,
        group: any ProcessGroup
    ) throws(CheckpointError) {
        let (entries, texts) = try saved(writers: writers)
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
        let claims = try claims(students: students, path: checkpoint.path, group).joined()
        let owners = Dictionary(claims.map { ($0.key, $0.part) }) { first, _ in first }
        let present = Set(checkpoint.keys).union(checkpoint.state.keys)
        if let key = owners.keys.sorted().first(where: { !present.contains($0) }) {
            throw CheckpointError(
                .unfit, path: checkpoint.path,
                "has no '\(key)', from which \(owners[key] ?? "") would go on, only "
                    + "\(present.subtracting(facts).sorted().joined(separator: ", ")); it belongs to another kind of "
                    + "run: go on with the setting that it was saved with, or begin anew with another --out")
        }
        let left = present.subtracting(facts).subtracting(owners.keys)
        if let key = left.sorted().first {
            let names = Set(owners.values).sorted().joined(separator: ", ")
            throw CheckpointError(
                .unfit, path: checkpoint.path,
                "has '\(key)', which nothing of this run takes back (\(names)); it belongs to another kind of run: go "
                    + "on with the setting that it was saved with, or begin anew with another --out")
        }
        try group.together(path: checkpoint.path) { () throws(CheckpointError) in
            var loading = PartState(.loading(checkpoint, students: students), place)
            try loading.visit(parts)
        }
    }

    /// The keys of every rank, each with the part that keeps it, in the order in which parts name them. Collective.
    private func claims(
        students: Int, path: String, _ group: any ProcessGroup
    ) throws(CheckpointError) -> [[(key: String, part: String)]] {
        var listing = PartState(.listing(students: students), place)
        try listing.visit(parts)
        let lines = listing.claims.map { "\($0.key)\t\($0.part)" }
        do throws(CollectiveError) {
            return try group.allGather(Array(lines.joined(separator: "\n").utf8)).map { text in
                String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
                    let words = line.split(separator: "\t", maxSplits: 1)
                    return (String(words[0]), words.count > 1 ? String(words[1]) : "")
                }
            }
        } catch { throw CheckpointError(error, path: path) }
    }
}

/// A key of checkpoints that two parts of a run keep: one would get what the other saved.
public struct SharedKey: Sendable, Equatable {
    public let key: String
    /// What errors call the parts.
    public let first: String
    public let second: String
}
