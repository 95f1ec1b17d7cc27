/// Finds the name a mistyped word was most likely meant to be.
package enum NearestName {
    private static let longest = 100

    /// The candidate with the smallest edit distance to `word`, if it is near enough to be a likely slip.
    ///
    /// Near enough is at most two edits, or a third of the word's length if that is more; one for words of three
    /// letters and less. Case is ignored. No name is as long as what is not looked at.
    package static func find(_ word: String, among candidates: [String]) -> String? {
        guard word.utf8.count <= longest else { return nil }
        let limit = word.count <= 3 ? 1 : max(2, word.count / 3)
        let wanted = Array(word.lowercased())
        let ranked = candidates.map { (name: $0, distance: distance(wanted, Array($0.lowercased()))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else { return nil }
        return best.name
    }

    /// A name as somebody would write it in another style: `maxIters` of `max_iters`, `max-iters` and `MaxIters`.
    static func plain(_ name: String) -> String {
        String(name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " })
    }

    /// Insertions, deletions, substitutions and swaps of two neighbours, each costing one.
    package static func distance(_ first: [Character], _ second: [Character]) -> Int {
        var (before, previous) = ([Int](), Array(0...second.count))
        for (row, character) in first.enumerated() {
            var current = [row + 1]
            for (column, other) in second.enumerated() {
                let substitution = previous[column] + (character == other ? 0 : 1)
                var least = min(substitution, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, character == second[column - 1], first[row - 1] == other {
                    least = min(least, before[column - 1] + 1)
                }
                current.append(least)
            }
            (before, previous) = (previous, current)
        }
        return previous[second.count]
    }
}
