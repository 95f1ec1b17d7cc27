public import Collectives
internal import FoundationEssentials
internal import TensorEngine
internal import WeightFiles

extension CheckpointFolder {
    /// Of a checkpoint that is being written.
    private static let partialSuffix = ".partial"
    /// Of one that another takes the place of.
    private static let replacedSuffix = ".replaced"
    /// Of one that is being removed: half of it must not look like a damaged checkpoint.
    static let removedSuffix = ".removed"

    /// Whether a name is of something that an interrupted save left.
    static func isLeftover(_ name: String) -> Bool {
        name.hasPrefix(prefix) && [partialSuffix, replacedSuffix, removedSuffix].contains { name.hasSuffix($0) }
    }

    /// Saves a checkpoint. Collective: every rank calls it, with the parts that it writes (none is fine).
    ///
    /// When it fails on one rank, the disk being full for instance, all ranks throw, what was written is removed, and
    /// the older checkpoints stay as they were.
    ///
    /// - Parameters:
    ///   - state: what this rank wants to know again. Those of all ranks are kept together; a key that several have
    ///     must say the same on each.
    /// - Throws: also when the parts of all ranks do not cover each tensor exactly once.
    public func save(
        _ entries: [CheckpointEntry], step: Int, state: [String: String], group: any ProcessGroup
    ) throws(CheckpointError) {
        let partial = path(ofStep: step) + Self.partialSuffix
        do throws(CheckpointError) {
            try onRankZero(group) { () throws(CheckpointError) in try prepare(partial) }
            let file = try group.together(path: path) { () throws(CheckpointError) in
                try writeShards(entries, in: partial, rank: group.rank)
            }
            let ranks = try gathered(RankPart(file: file, state: state), group)
            let merged = try merged(ranks.map(\.state))
            try onRankZero(group) { () throws(CheckpointError) in
                try complete(partial, CheckpointIndex(step: step, state: merged, files: ranks.compactMap(\.file)))
            }
        } catch {
            if group.rank == 0 {
                // The cause matters more than a folder that could not be removed; the next save tries again.
                do throws(CheckpointError) { try CheckpointFiles.remove(partial) } catch {}
            }
            throw error
        }
    }

    private func onRankZero(
        _ group: any ProcessGroup, _ body: () throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        try group.together(path: path) { () throws(CheckpointError) in
            if group.rank == 0 { try body() }
        }
    }

    /// Makes the folder to write into, and removes what interrupted saves left.
    private func prepare(_ partial: String) throws(CheckpointError) {
        try CheckpointFiles.makeFolder(path)
        for name in try CheckpointFiles.names(in: path) where Self.isLeftover(name) {
            try CheckpointFiles.remove("\(path)/\(name)")
        }
        try CheckpointFiles.makeFolder(partial)
    }

    private func writeShards(
        _ entries: [CheckpointEntry], in folder: String, rank: Int
    ) throws(CheckpointError) -> CheckpointIndex.File? {
        guard !entries.isEmpty else { return nil }
        let name = CheckpointIndex.shardName(ofRank: rank)
        var items: [SafeTensorsItem] = []
        do throws(DeviceFault) {
            for entry in entries {
                let values = try entry.read()
                items.append(SafeTensorsItem(entry.key, shape: [values.count], floats: values))
            }
        } catch { throw CheckpointError(.io, path: path, "\(error)") }
        let shards = entries.map { entry in
            CheckpointIndex.Shard(
                key: entry.key, dtype: SafeTensorsType.float32.rawValue, globalShape: entry.shape,
                globalOffset: entry.elements.lowerBound, count: entry.elements.count)
        }
        do throws(WeightsError) {
            try SafeTensorsWriter.write("\(folder)/\(name)", items, metadata: Self.metadata(shards))
        } catch {
            throw CheckpointError(.io, path: error.file, error.message)
        }
        let digest = try CheckpointFiles.digest("\(folder)/\(name)")
        return CheckpointIndex.File(name: name, bytes: digest.bytes, xxh64: digest.xxh64, shards: shards)
    }

    /// Place of each part, so that a shard explains itself without the index.
    private static func metadata(_ shards: [CheckpointIndex.Shard]) -> [String: String] {
        var metadata: [String: String] = [:]
        for shard in shards {
            metadata["\(shard.key).globalShape"] = "\(shard.globalShape)"
            metadata["\(shard.key).globalOffset"] = "\(shard.globalOffset)"
        }
        return metadata
    }

    /// What a rank adds to the index.
    private struct RankPart: Codable {
        var file: CheckpointIndex.File?
        var state: [String: String]
    }

    private func gathered(_ own: RankPart, _ group: any ProcessGroup) throws(CheckpointError) -> [RankPart] {
        let own = try group.together(path: path) { () throws(CheckpointError) in try encode(own) }
        let parts: [[UInt8]]
        do throws(CollectiveError) { parts = try group.allGather([UInt8](own)) } catch {
            throw CheckpointError(error, path: path)
        }
        do {
            return try parts.map { try JSONDecoder().decode(RankPart.self, from: Data($0)) }
        } catch {
            throw CheckpointError(.communication, path: path, "the ranks exchanged a broken list of files: \(error)")
        }
    }

    /// - Throws: where two ranks say different things of one key, on all ranks alike.
    private func merged(_ states: [[String: String]]) throws(CheckpointError) -> [String: String] {
        var all: [String: (text: String, rank: Int)] = [:]
        for (rank, state) in states.enumerated() {
            for (key, text) in state.sorted(by: { $0.key < $1.key }) {
                guard let first = all[key] else {
                    all[key] = (text, rank)
                    continue
                }
                guard first.text == text else {
                    throw CheckpointError(
                        .unfit, path: path, "the ranks have come apart: '\(key)' is '\(first.text)' on rank "
                            + "\(first.rank) and '\(text)' on rank \(rank)")
                }
            }
        }
        return all.mapValues(\.text)
    }

    /// Index last, then the name, then the old ones go.
    private func complete(_ partial: String, _ index: CheckpointIndex) throws(CheckpointError) {
        if let fault = index.fault() {
            throw CheckpointError(.unfit, path: partial, "the ranks' parts do not form whole tensors: \(fault)")
        }
        let seen = try CheckpointFiles.names(in: partial)
        if let missing = index.files.first(where: { !seen.contains($0.name) }) {
            throw CheckpointError(
                .io, path: "\(partial)/\(missing.name)",
                "was written by another rank and is not seen here; save to a folder that all nodes share")
        }
        try CheckpointFiles.write(try sealed(index), to: "\(partial)/\(CheckpointIndex.fileName)")
        let whole = path(ofStep: index.step)
        try CheckpointFiles.move(partial, to: whole, replaced: whole + Self.replacedSuffix)
        // Later ones are damaged ones that the run went back from: they do not count among those kept.
        for old in try steps().filter({ $0 <= index.step }).dropLast(keep) {
            try CheckpointFiles.remove(path(ofStep: old), renamedTo: path(ofStep: old) + Self.removedSuffix)
        }
    }

    private func sealed(_ index: CheckpointIndex) throws(CheckpointError) -> Data {
        do { return try index.sealed() } catch {
            throw CheckpointError(.io, path: path, "the index cannot be written as JSON: \(error)")
        }
    }

    private func encode(_ value: some Encodable) throws(CheckpointError) -> Data {
        do {
            return try JSONEncoder().encode(value)
        } catch {
            throw CheckpointError(.io, path: path, "the list of files cannot be written as JSON: \(error)")
        }
    }
}
