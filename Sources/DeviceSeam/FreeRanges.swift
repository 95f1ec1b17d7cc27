/// Which parts of a range of addresses are in use: blocks of any size are cut from the best fitting hole, or from the
/// end, and neighbouring holes are joined. It knows numbers only; whose memory lies there is the caller's matter.
package struct FreeRanges {
    private struct Hole {
        var start: Int
        var size: Int
        var end: Int { start + size }
    }

    /// Where untouched addresses begin; all holes lie below and none touches it.
    package private(set) var end = 0
    /// By address.
    private var holes: [Hole] = []

    package init() {}

    /// Cuts a block from the smallest hole that is large enough, the lowest among equals.
    ///
    /// - Returns: `nil` where there is none.
    package mutating func takeHole(size: Int) -> Int? {
        guard let best = bestHole(for: size) else { return nil }
        let start = holes[best].start
        if holes[best].size == size {
            holes.remove(at: best)
        } else {
            holes[best].start += size
            holes[best].size -= size
        }
        return start
    }

    /// Cuts a block from the end.
    package mutating func takeEnd(size: Int) -> Int {
        defer { end += size }
        return end
    }

    /// Takes a block back.
    package mutating func release(start: Int, size: Int) {
        var hole = Hole(start: start, size: size)
        var next = firstHole(after: hole.start)
        if next < holes.count, holes[next].start == hole.end {
            hole.size += holes[next].size
            holes.remove(at: next)
        }
        if next > 0, holes[next - 1].end == hole.start {
            next -= 1
            hole.start = holes[next].start
            hole.size += holes[next].size
            holes.remove(at: next)
        }
        if hole.end == end {
            end = hole.start
        } else {
            holes.insert(hole, at: next)
        }
    }

    private func bestHole(for size: Int) -> Int? {
        var best: Int?
        for index in holes.indices where holes[index].size >= size {
            if let found = best, holes[found].size <= holes[index].size { continue }
            best = index
        }
        return best
    }

    private func firstHole(after start: Int) -> Int {
        var (low, high) = (0, holes.count)
        while low < high {
            let middle = (low + high) / 2
            if holes[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
