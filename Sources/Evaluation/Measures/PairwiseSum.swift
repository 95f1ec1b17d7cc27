extension Array where Element == Double {
    /// Their sum, added up as NumPy does (`pairwise_sum`): in halves down to 128, and within these in eight interleaved
    /// sums. Means of thousands of numbers then have the bits that the public tools print, and smaller errors than a
    /// sum one after another.
    var pairwiseSum: Double {
        // NumPy hands itself pieces of this length.
        let piece = 8192
        return stride(from: 0, to: count, by: piece).reduce(0) {
            $0 + self[$1..<Swift.min($1 + piece, count)].pairwiseSum
        }
    }

    /// nil where there are none.
    var pairwiseMean: Double? { isEmpty ? nil : pairwiseSum / Double(count) }
}

extension ArraySlice where Element == Double {
    fileprivate var pairwiseSum: Double {
        if count < 8 { return reduce(0, +) }
        guard count <= 128 else {
            let half = count / 2
            let middle = startIndex + half - half % 8
            return self[startIndex..<middle].pairwiseSum + self[middle...].pairwiseSum
        }
        var sums = Array(self[startIndex..<startIndex + 8])
        let end = startIndex + count - count % 8
        for place in startIndex + 8..<end { sums[(place - startIndex) % 8] += self[place] }
        let whole = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
        return self[end...].reduce(whole, +)
    }
}
