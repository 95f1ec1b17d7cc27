public import Collectives
internal import FoundationEssentials

/// The checkpoints of a run: `step-000200/`, `step-000400/`, … in one folder that all ranks share.
///
/// A checkpoint is a folder of its own with one safetensors file a rank (each tensor part with key, type, global shape
/// and offset) and `index.json`, written last, with the size and XXH64 of every file. It is written under another name
/// and renamed when all of it is on the disk, so that a run that dies while saving leaves the older ones as they were.
/// Any number of ranks reads it.
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
    public func steps() throws(CheckpointError) -> [Int] {
        try CheckpointFiles.names(in: path).compactMap(Self.step(ofName:)).sorted()
    }

    /// Where the checkpoint of a step lies.
    public func path(ofStep step: Int) -> String { "\(path)/\(Self.name(ofStep: step))" }

    static func name(ofStep step: Int) -> String {
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    private static func step(ofName name: String) -> Int? {
        guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), Self.name(ofStep: step) == name else {
            return nil
        }
        return step
    }
}

extension CheckpointFolder {
    /// The newest checkpoint that is whole and undamaged, and what is wrong with the newer ones. Collective; the ranks
    /// share the reading.
    ///
    /// - Returns: nil when there is none; `skipped` has a line a damaged checkpoint, naming the file at fault.
    public func newestWhole(
        group: any ProcessGroup
    ) throws(CheckpointError) -> (checkpoint: Checkpoint?, skipped: [String]) {
        var skipped: [String] = []
        // Rank 0 says which there are: another rank may see a folder change later.
        for step in try agreedSteps(group).reversed() {
            do throws(CheckpointError) {
                return (try verified(step, group), skipped)
            } catch {
                guard error.code != .communication else { throw error }
                skipped.append("\(Self.name(ofStep: step)) is damaged and not used: \(error)")
            }
        }
        return (nil, skipped)
    }

    private func verified(_ step: Int, _ group: any ProcessGroup) throws(CheckpointError) -> Checkpoint {
        try group.together(path: path(ofStep: step)) { () throws(CheckpointError) in
            let checkpoint = try Checkpoint(path(ofStep: step))
            try checkpoint.verifyFiles(share: group.rank, of: group.size)
            return checkpoint
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
