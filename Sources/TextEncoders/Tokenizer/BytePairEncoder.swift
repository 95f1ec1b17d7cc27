/// Merges the bytes of one word.
enum BytePairEncoder {
    /// The ids of a word that is not empty.
    ///
    /// Until no pair has a rank, the pair of lowest rank is merged, the leftmost of several. One merge at a time, as
    /// the tokenizers library does: where a vocabulary ranks a pair before the merges that make its parts, merging all
    /// occurrences at once would differ.
    static func ids(of word: [UInt8], _ vocabulary: BytePairVocabulary) -> [Int32] {
        var symbols = word.dropLast().map { vocabulary.byteIDs[Int($0)] }
        if let last = word.last { symbols.append(vocabulary.finalByteIDs[Int(last)]) }
        // merges[i] joins symbols i and i + 1.
        var merges = symbols.indices.dropLast().map { vocabulary.merge(symbols[$0], symbols[$0 + 1]) }
        while let (index, id) = lowest(merges) {
            symbols[index] = id
            symbols.remove(at: index + 1)
            merges.remove(at: index)
            if index > 0 { merges[index - 1] = vocabulary.merge(symbols[index - 1], id) }
            if index < merges.count { merges[index] = vocabulary.merge(id, symbols[index + 1]) }
        }
        return symbols
    }

    private static func lowest(_ merges: [BytePairVocabulary.Merge?]) -> (index: Int, id: Int32)? {
        var best: (index: Int, merge: BytePairVocabulary.Merge)?
        for (index, merge) in merges.enumerated() {
            guard let merge else { continue }
            if let found = best, found.merge.rank <= merge.rank { continue }
            best = (index, merge)
        }
        return best.map { ($0.index, $0.merge.id) }
    }
}
