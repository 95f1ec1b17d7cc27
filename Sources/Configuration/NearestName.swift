/// Finds the name a mistyped word was most likely meant to be.
package enum NearestName {
    /// The candidate with the smallest edit distance to `word`, if it is near enough to be a likely slip.
    ///
    /// Near enough is at most two edits, or a third of the word's length if that is more. Case is ignored.
    package static func find(_ word: String, among candidates: [String]) -> String? {
        let limit = max(2, word.count / 3)
        let wanted = Array(word.lowercased())
        let ranked = candidates.map { (name: $0, distance: distance(wanted, Array($0.lowercased()))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else { return nil }
        return best.name
    }

    /// Levenshtein distance: insertions, deletions and substitutions, each costing one.
    package static func distance(_ first: [Character], _ second: [Character]) -> Int {
        var previous = Array(0...second.count)
        for (row, character) in first.enumerated() {
            var current = [row + 1]
            for (column, other) in second.enumerated() {
                let substitution = previous[column] + (character == other ? 0 : 1)
                current.append(min(substitution, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[second.count]
    }
}
