internal import Collectives
package import DataParallel
internal import Mixing

/// Looks for parts that a step holds and does not name: a run that goes on would begin them anew without a word.
package enum PartCensus {
    /// How deep a part may lie: step, provider, teacher, part.
    private static let depth = 6

    /// Names of parts inside a value that are not among `named`.
    package static func forgotten(in value: Any, named: [any CheckpointPart]) -> [String] {
        var known = Set(named.map { ObjectIdentifier($0) })
        var found: [String] = []
        let memories = named.compactMap { $0 as? MixingMemory }
        look(at: value, depth, memories, &known, &found)
        return found
    }

    private static func look(
        at value: Any, _ depth: Int, _ memories: [MixingMemory], _ known: inout Set<ObjectIdentifier>,
        _ found: inout [String]
    ) {
        if let part = value as? any CheckpointPart {
            if known.insert(ObjectIdentifier(part)).inserted { found.append(part.partName) }
            return
        }
        if let strategy = value as? any RememberingStrategy {
            if !memories.contains(where: { $0.isOf(strategy) }) { found.append("what mixing remembers") }
            return
        }
        // A group belongs to all ranks, and others work with it.
        guard depth > 0, !(value is any ProcessGroup) else { return }
        for child in Mirror(reflecting: value).children { look(at: child.value, depth - 1, memories, &known, &found) }
    }
}
